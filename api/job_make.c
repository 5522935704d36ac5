/* job_make.c - how a call becomes a job: options, one memory block, names, bound arguments, a
 * pool. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/os.h"
#include "context.h"
#include "cost.h"
#include "error_name.h"
#include "job.h"
#include "names.h"
#include "par_error.h"
#include "results.h"

/* Where the parts of the block stand: offsets from its start. */
typedef struct layout {
    size_t records, lanes, names, index, used, bound, strings, slots, ordered, values, total;
    size_t index_size, values_each, name_bytes;
    uint32_t n_lanes;
} layout;

static const par_task *task_at(par_calls calls, size_t i)
{
    const char *element = (const char *)calls.elements + i * calls.size;
    return calls.named ? &((const par_named_task *)(const void *)element)->task
                       : (const par_task *)(const void *)element;
}

static const char *name_at(par_calls calls, size_t i)
{
    const char *element = (const char *)calls.elements + i * calls.size;
    return calls.named ? ((const par_named_task *)(const void *)element)->name : NULL;
}

/* Adds a part of count * each bytes: its offset. *total becomes SIZE_MAX when that is too much. */
static size_t add_part(size_t *total, size_t count, size_t each)
{
    size_t at = *total, bytes;
    if (__builtin_mul_overflow(count, each, &bytes) ||
        __builtin_add_overflow(at, (bytes + 15) / 16 * 16, total) || bytes > SIZE_MAX / 2)
        *total = SIZE_MAX;
    return at;
}

/* More than this no array in memory can hold. */
#define MOST_TASKS ((size_t)PTRDIFF_MAX / sizeof(par_named_task))

/* In calls of so many tasks threads take several at a time: what one of 128 shares would be, but
 * not more than 32. */
enum { LANES_FROM = 256, LANES = 8, RUN_SHARES = 128, RUN_MOST = 32 };

/* A block of which so much is written is put into large pages: else it is mostly page faults that a call
 * of a million tasks takes. */
enum { LARGE = 8 << 20 };

/* In calls of so many it is tried whether all are alike. */
enum { ALIKE_FROM = 16 };

/* The strings of a task are reserved at this size each, and the block grows when that was too
 * little. */
enum { STRING_GUESS = 24 };

/* What binding the task will need; nothing for what is no task. `before` is the task in front of it, whose
 * sizes *sizes has, since those are mostly the same. */
static inline void find_sizes(const par_task *task, const par_task *before, par_bind_sizes *sizes)
{
    if (before != NULL && par_bind_alike(task, before))
        return;
    *sizes = par_bind_check(task) == 0 ? par_bind_size(task) : (par_bind_sizes){.total = 0};
}

static size_t parameters_of(const par_task *task)
{
    return task->function != NULL ? task->function->n_parameters : task->n;
}

/* What all tasks together need. */
typedef struct needs {
    size_t bound, strings, parameters_each, name_bytes;
} needs;

static needs add_up(par_calls calls, size_t looked_at)
{
    needs sum = {.bound = 0};
    const par_task *before = NULL;
    par_bind_sizes sizes = {.total = 0};
    for (size_t i = 0; i < looked_at; i++) {
        const par_task *task = task_at(calls, i);
        const char *name = name_at(calls, i);
        sum.name_bytes += name != NULL ? strlen(name) + 1 : 0;
        find_sizes(task, before, &sizes);
        before = task;
        sum.bound += sizes.total;
        sum.strings += sizes.strings ? STRING_GUESS : 0;
        if (sizes.total != 0 && parameters_of(task) > sum.parameters_each)
            sum.parameters_each = parameters_of(task);
    }
    return sum;
}

/* Is it worth a try to take all tasks for calls of one function? Then an array, which is mostly that, is
 * gone through once and not twice: it is memory that bounds large calls. */
static bool seem_alike(par_calls calls)
{
    return calls.n >= ALIKE_FROM && !calls.named && task_at(calls, 0)->form == PAR_FORM_TYPED &&
           par_bind_alike(task_at(calls, calls.n - 1), task_at(calls, 0));
}

/* Works out where everything goes; false when it is more than memory can be. */
static bool plan(layout *l, size_t head, par_calls calls, size_t n_extras, bool alike)
{
    size_t n = calls.n;
    needs sum = add_up(calls, alike ? 1 : n);
    size_t each = alike ? n : 1; /* what the sum counts for */
    *l = (layout){.total = head,
                  .index_size = calls.named ? par_names_index_size(n) : 0,
                  .values_each = sum.parameters_each,
                  .name_bytes = sum.name_bytes,
                  .n_lanes = n >= LANES_FROM && n <= UINT32_MAX ? LANES : 0};
    l->records = add_part(&l->total, n, sizeof(par_record));
    l->lanes = add_part(&l->total, l->n_lanes, sizeof(par_lane));
    l->names = add_part(&l->total, calls.named ? n : 0, sizeof(char *));
    l->index = add_part(&l->total, l->index_size, sizeof(uint32_t));
    l->used = add_part(&l->total, n_extras, sizeof(bool));
    l->bound = add_part(&l->total, each, sum.bound);
    l->slots = add_part(&l->total, n, sizeof(par_slot));
    l->ordered = add_part(&l->total, n, sizeof(par_slot *));
    l->values = add_part(&l->total, n, l->values_each * sizeof(par_value));
    l->strings = add_part(&l->total, each, l->name_bytes + sum.strings);
    return l->total != SIZE_MAX;
}

static void *at(struct par_results *job, size_t offset)
{
    return (char *)job + offset;
}

/* A message in words; when there is no memory for it, the code's own text. */
static int say(struct par_results *job, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int say(struct par_results *job, int code, const char *format, ...)
{
    free(job->message);
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&job->message, format, arguments) < 0)
        job->message = NULL;
    va_end(arguments);
    job->fixed_message = par_strerror(code);
    return code;
}

static int say_of_task(struct par_results *job, par_calls calls, size_t i, int code,
                       const char *what)
{
    const char *name = name_at(calls, i);
    if (name != NULL)
        return say(job, code, "task \"%s\": %s", name, what);
    return say(job, code, "task [%zu]: %s", i, what);
}

static struct par_results *allocate(const layout *l, size_t head, par_calls calls)
{
    struct par_results *job = malloc(l->total);
    if (job == NULL)
        return NULL;
    if (l->slots >= LARGE)
        par_memory_is_for_use((void *)job, l->slots);
    memset((void *)job, 0, head);
    job->n = calls.n;
    job->fixed_message = "";
    return job;
}

/* Lets the struct's pointers show into the block, where it stands now. */
static void attach(struct par_results *job, const layout *l, bool named)
{
    job->records = at(job, l->records);
    job->names = named ? at(job, l->names) : NULL;
    job->index = l->index_size != 0 ? at(job, l->index) : NULL;
    job->index_size = l->index_size;
    job->slots = at(job, l->slots);
    job->ordered = at(job, l->ordered);
    job->values = at(job, l->values);
    job->values_each = l->values_each;
}

/* Where the binding of a call's tasks has got to. */
typedef struct progress {
    bool alike;             /* the plan is for tasks that are all like the first */
    const par_task *before; /* the task before, with its sizes */
    par_bind_sizes sizes;
    char *storage; /* for the next one's arguments and result */
    size_t strings;
    uint64_t cost;      /* of the tasks so far, by the estimates of their functions */
    bool plain;         /* can the next one, if it is like `before`, be bound by bind_plain()? */
    uint32_t cost_each; /* of `before` */
} progress;

/* The plan was for tasks that are all alike. None that was bound so far has a default to evaluate,
 * so that to begin again does no harm. */
enum { NOT_ALIKE = 1 };

/* A task like the one before, of which the arguments are all there, and there is nothing to check. */
static void bind_plain(par_record *record, const par_task *task, progress *p)
{
    const par_function *function = task->function;
    par_bind_copy(p->storage, task, function->arguments_size);
    *record =
        (par_record){.function = function, .arguments = p->storage, .result = p->sizes.result};
    p->storage += p->sizes.total;
    p->cost += p->cost_each;
}

static int bind_task(struct par_results *job, par_calls calls, size_t i,
                     const par_extra_values *extras, bool *used, progress *p)
{
    const par_task *task = task_at(calls, i);
    par_record *record = &job->records[i];
    if (p->plain && par_bind_alike(task, p->before) && task->check == 0) {
        bind_plain(record, task, p);
        return 0;
    }
    par_bind_error error;
    if (p->alike && p->before != NULL && !par_bind_alike(task, p->before))
        return NOT_ALIKE;
    find_sizes(task, p->before, &p->sizes);
    p->before = task;
    *record = (par_record){.function = task->function, .check = task->check};
    int rc = par_bind_check(task);
    if (rc != 0)
        return say_of_task(job, calls, i, rc, "is not a task");
    rc = par_bind(task, extras, used, p->storage, &p->strings, &error);
    if (rc != 0)
        return say_of_task(job, calls, i, rc, error.text);
    record->function = par_bind_function(task, p->storage);
    record->arguments = p->storage;
    record->result = p->sizes.result;
    p->cost_each = par_cost_of(record->function);
    p->cost += p->cost_each;
    p->plain = task->form == PAR_FORM_TYPED && !p->sizes.strings && extras->n == 0;
    p->storage += p->sizes.total;
    return 0;
}

/* Step 2 of bind.h for all tasks; records that it does not come to are empty. Adds to *strings. */
static int bind_tasks(struct par_results *job, const layout *l, par_calls calls,
                      const par_extra_values *extras, bool alike, size_t *strings)
{
    bool *used = at(job, l->used);
    if (extras->n != 0)
        memset(used, 0, extras->n * sizeof(bool));
    progress p = {.alike = alike, .storage = at(job, l->bound), .strings = *strings};
    int rc = 0;
    size_t done = 0;
    while (done < calls.n && rc == 0)
        rc = bind_task(job, calls, done++, extras, used, &p);
    if (done < calls.n)
        memset((void *)(job->records + done), 0, (calls.n - done) * sizeof(par_record));
    *strings = p.strings;
    par_store_relaxed(&job->batch.alone_for, par_cost_alone(p.cost, calls.n));
    for (size_t k = 0; k < extras->n && rc == 0; k++) {
        const char *name = extras->values[k].name;
        if (!used[k] && calls.n != 0)
            rc = say(job, PAR_EARGS, "no task has a parameter \"%s\", which the extras give",
                     name != NULL ? name : "");
    }
    return rc;
}

/* Makes room for so many bytes of strings, if there is not: the block, which may have moved. */
static struct par_results *make_room(struct par_results *job, const layout *l, par_calls calls,
                                     size_t strings)
{
    if (strings <= l->total - l->strings)
        return job;
    uintptr_t before = (uintptr_t)job;
    struct par_results *moved = realloc((void *)job, l->strings + strings);
    if (moved == NULL)
        return NULL;
    attach(moved, l, calls.named);
    for (size_t i = 0; i < calls.n; i++) {
        par_record *record = &moved->records[i];
        if (record->arguments == NULL)
            continue;
        record->arguments = (char *)moved + ((uintptr_t)record->arguments - before);
        record->function = par_bind_function(task_at(calls, i), record->arguments);
    }
    return moved;
}

/* Copies names and string arguments into the block: step 3 of bind.h. */
static void copy_strings(struct par_results *job, const layout *l, par_calls calls, size_t strings)
{
    char *to = at(job, l->strings);
    if (strings == 0 && !calls.named)
        return;
    for (size_t i = 0; i < calls.n; i++) {
        const char *name = name_at(calls, i);
        if (calls.named)
            job->names[i] = name != NULL ? to : NULL;
        if (name != NULL)
            to = stpcpy(to, name) + 1;
        if (strings > l->name_bytes && job->records[i].arguments != NULL)
            to = par_bind_strings(job->records[i].function, job->records[i].arguments, to);
    }
}

/* Fills in the index of names, and checks them if nothing else (`rc`) was wrong. */
static int check_names(struct par_results *job, int rc)
{
    size_t wrong;
    if (job->names == NULL ||
        par_names_index(job->names, job->n, job->index, job->index_size, &wrong) == 0 || rc != 0)
        return rc;
    const char *name = job->names[wrong];
    if (name == NULL || *name == '\0')
        return say(job, PAR_ENAME, "task [%zu] has %s name", wrong,
                   name == NULL ? "no" : "an empty");
    return say(job, PAR_ENAME, "task [%zu] has the name \"%s\", which an earlier task has", wrong,
               name);
}

static int check_calls(par_calls *calls)
{
    size_t size = calls->named ? sizeof(par_named_task) : sizeof(par_task);
    if (calls->n == 0 || (calls->elements != NULL && calls->size == size))
        return 0;
    calls->n = 0;
    return PAR_EINVAL;
}

static int check_extras(const par_extra_values *extras)
{
    return extras->n == 0 || extras->values != NULL ? 0 : PAR_EINVAL;
}

/* Deadline, limit, and whose task the call is made in. */
static int set_up(struct par_results *job, const par_options *options, const par_batch_class *class,
                  bool watched)
{
    const char *what;
    par_context *context = par_context_current();
    bool timed = options->timeout != 0 || options->deadline != 0; /* or not a number */
    job->began = timed ? par_now() : 0;
    job->silent = options->silent;
    job->drop = options->drop;
    job->on_release = options->on_release;
    job->context = options->context;
    uint32_t limit = PAR_BATCH_UNLIMITED;
    if (options->max_workers != 0)
        limit = options->max_workers < job->n ? options->max_workers : (uint32_t)job->n;
    par_batch_init(&job->batch, class, context != NULL ? &context->job->batch : NULL, job->n,
                   limit);
    if (par_options_instant(options->timeout, options->deadline, job->began, &job->deadline, &what))
        return say(job, PAR_EINVAL, "the %s is negative or not a number", what);
    job->timed = job->deadline != PAR_NEVER;
    if (context != NULL && context->job->deadline < job->deadline)
        job->deadline = context->job->deadline;
    job->watched = watched || job->deadline != PAR_NEVER;
    return 0;
}

static void use_lanes(struct par_results *job, const layout *l)
{
    size_t share = job->n / RUN_SHARES;
    if (l->n_lanes != 0)
        par_batch_use_lanes(&job->batch, at(job, l->lanes), l->n_lanes,
                            share < RUN_MOST ? (uint32_t)share : RUN_MOST);
}

static int enter_pool(struct par_results *job, par_pool *handle, par_pool_state **state)
{
    int rc = par_pool_enter(&handle, 2, false, state);
    if (rc != 0)
        return say(job, rc, "%s", par_strerror(rc));
    job->pool = handle;
    return 0;
}

/* The call does not take place: the job, if there is one, is over before it began. */
static int refuse(struct par_results *job, const par_options *options, int code)
{
    if (job != NULL) {
        job->code = code;
        job->handed_out = job->began;
        par_results_hand_out(job, true);
    }
    if (options->on_release != NULL)
        options->on_release(options->context);
    return code;
}

/* The job, bound as far as that went; NULL when there is no memory for it. *rc: whether all is
 * well. */
static struct par_results *prepare(layout *l, size_t bytes, const par_batch_class *class,
                                   bool watched, par_calls calls, const par_options *options,
                                   const char *bad, bool alike, int *rc)
{
    struct par_results *job = NULL;
    if (calls.n <= MOST_TASKS && plan(l, bytes, calls, options->extras.n, alike))
        job = allocate(l, bytes, calls);
    if (job == NULL)
        return NULL;
    attach(job, l, calls.named);
    size_t strings = l->name_bytes;
    *rc = set_up(job, options, class, watched);
    if (bad != NULL)
        *rc = say(job, PAR_EINVAL, "%s", bad);
    if (*rc == 0)
        *rc = bind_tasks(job, l, calls, &options->extras, alike, &strings);
    else
        memset((void *)job->records, 0, calls.n * sizeof(par_record));
    struct par_results *roomy = *rc != NOT_ALIKE ? make_room(job, l, calls, strings) : NULL;
    if (roomy == NULL)
        par_batch_unref(&job->batch);
    else
        copy_strings(roomy, l, calls, strings);
    return roomy;
}

int par_job_make(struct par_results **out, size_t bytes, const par_batch_class *class, bool watched,
                 par_calls calls, const par_options *given, par_pool_state **state)
{
    par_options copy = {.size = sizeof(copy)};
    const par_options *options = given;
    const char *bad = NULL;
    if (given == NULL || given->size != sizeof(copy) || check_extras(&given->extras) != 0)
        options = &copy; /* else it need not be copied */
    if (given != NULL && options != given && par_options_read(&copy, sizeof(copy), given) != 0)
        bad = "the options have no size, or set something that this version does not know";
    if (check_calls(&calls) != 0)
        bad = "the tasks are not an array of par_task or par_named_task";
    if (check_extras(&copy.extras) != 0) {
        bad = "the extras are not an array";
        copy.extras.n = 0;
    }
    layout l;
    int rc = 0;
    bytes = (bytes + 15) / 16 * 16;
    bool alike = calls.n <= MOST_TASKS && seem_alike(calls);
    struct par_results *job = prepare(&l, bytes, class, watched, calls, options, bad, alike, &rc);
    if (job == NULL && rc == NOT_ALIKE)
        job = prepare(&l, bytes, class, watched, calls, options, bad, false, &rc);
    *out = job;
    if (job == NULL)
        return refuse(NULL, options, PAR_ENOMEM);
    rc = check_names(job, rc);
    use_lanes(job, &l);
    if (rc == 0)
        rc = enter_pool(job, options->pool, state);
    if (!job->timed)
        job->began = par_now();
    return rc == 0 ? 0 : refuse(job, options, rc);
}
