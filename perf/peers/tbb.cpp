/* tbb.cpp - oneTBB: a task_group, whose caller helps; with a timeout, an arena that the caller
 * stays out of, a counter and a condition. */
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "../bench.h"

namespace
{

std::unique_ptr<tbb::global_control> limit;
std::unique_ptr<tbb::task_arena> arena;
std::atomic<std::size_t> left;
std::mutex mutex;
std::condition_variable all_done;

bool can(const bench_job *job)
{
    return !job->outlast && (job->timeout == 0 || job->callers <= 1);
}

/* So many workers: one for each core, the caller included where it helps. */
void start(const bench_job *job)
{
    unsigned width = bench_threads_of(job);
    unsigned caller = job->timeout != 0 ? 0 : 1;
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  caller != 0 ? width : width + 1);
    arena = std::make_unique<tbb::task_arena>(static_cast<int>(width), caller);
}

void run_in_group(const bench_job *job)
{
    tbb::task_group group;
    for (std::size_t i = 0; i < job->n; i++)
        group.run([job, i] { job->out[i] = job->task(job->in[i]); });
    group.wait();
}

void run_in_arena(const bench_job *job)
{
    left.store(job->n);
    for (std::size_t i = 0; i < job->n; i++)
        arena->enqueue([job, i] {
            job->out[i] = job->task(job->in[i]);
            if (left.fetch_sub(1) == 1) {
                std::lock_guard<std::mutex> lock(mutex);
                all_done.notify_one();
            }
        });
    std::unique_lock<std::mutex> lock(mutex);
    if (!all_done.wait_for(lock, std::chrono::nanoseconds(job->timeout),
                           [] { return left.load() == 0; }))
        bench_die("oneTBB: out of time");
}

void run(const bench_job *job)
{
    if (job->timeout != 0)
        run_in_arena(job);
    else if (job->width != 0 || job->workers != 0)
        arena->execute([job] { run_in_group(job); });
    else
        run_in_group(job);
}

/* By another thread, in the arena that is its own. */
void behind(const bench_job *job)
{
    std::thread(run_in_group, job).detach();
}

} // namespace

const bench_peer bench_this_peer = {can, start, run, nullptr, &forks_tbb, &loops_tbb, behind};
