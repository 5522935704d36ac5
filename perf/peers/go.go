// go.go - Go: a goroutine for each task and a WaitGroup; with a timeout, a channel and a timer. It is
// a program of its own, with those of the workloads that Go has a natural way to run. What is
// measured, and how, is as in workloads/ and samples.c.
//
// Usage: measure_go WORKLOAD CASE SECONDS
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	cannot   = 77
	tries    = 20
	trySteps = 1000000
	forLong  = uint64(time.Hour)
	settling = 100 * time.Millisecond
	blocked  = 32
	timeout  = 10 * time.Second // so far away that nothing comes near it
)

// The quantiles of bench_spread.
var spread = []float64{0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1}

type job struct {
	task    func(x uint64) uint64
	in, out []uint64
	timeout time.Duration // 0: none
	outlast bool          // the tasks take longer than that
}

type samples []float64

var (
	stepsANanosecond float64
	sink             uint64 // never written, so that arithmetic is not left out
)

func die(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "bench: go: "+format+"\n", arguments...)
	os.Exit(1)
}

func answer(x uint64) uint64 { return 3*x + 1 }

func trivial(x uint64) uint64 { return answer(x) }

func sleeping(x uint64) uint64 {
	time.Sleep(time.Duration(x))
	return answer(x)
}

func computing(x uint64) uint64 {
	arithmetic(uint64(float64(x) * stepsANanosecond))
	return answer(x)
}

func arithmetic(steps uint64) {
	x := uint64(1)
	for i := uint64(0); i < steps; i++ {
		x = x*6364136223846793005 + i
	}
	if x == 0 {
		sink = x
	}
}

func calibrate() {
	best := time.Hour
	for i := 0; i < tries; i++ {
		began := time.Now()
		arithmetic(trySteps)
		if took := time.Since(began); took < best {
			best = took
		}
	}
	stepsANanosecond = trySteps / float64(best)
}

func newJob(task func(uint64) uint64, n int, x uint64) *job {
	j := &job{task: task, in: make([]uint64, n), out: make([]uint64, n)}
	for i := range j.in {
		j.in[i] = x
	}
	return j
}

func (j *job) run() {
	var wait sync.WaitGroup
	out := j.out
	if j.outlast {
		out = make([]uint64, len(j.in)) // the tasks still write when the call is over
	}
	wait.Add(len(j.in))
	for i := range j.in {
		go func(i int) {
			out[i] = j.task(j.in[i])
			wait.Done()
		}(i)
	}
	if j.timeout == 0 {
		wait.Wait()
		return
	}
	done := make(chan struct{})
	go func() {
		wait.Wait()
		close(done)
	}()
	timer := time.NewTimer(j.timeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		if !j.outlast {
			die("out of time")
		}
	}
}

// Tasks that go on behind what is measured, until the program ends.
func background(task func(uint64) uint64, n int) {
	go newJob(task, n, forLong).run()
	time.Sleep(settling)
}

func (j *job) oneCall() float64 {
	began := time.Now()
	j.run()
	took := time.Since(began)
	for i, x := range j.in {
		if j.out[i] != answer(x) {
			die("task %d of %d gave %d for %d", i, len(j.in), j.out[i], x)
		}
		j.out[i] = ^uint64(0)
	}
	return float64(took)
}

// Warms up for a fifth of the time; a call that takes several times as long as all of it is both.
func (j *job) calls(budget time.Duration, least int) (s samples) {
	var took float64
	until := time.Now().Add(budget / 5)
	for first := true; first || time.Now().Before(until); first = false {
		took = j.oneCall()
	}
	if took > 3*float64(budget) {
		s = append(s, took)
	} else {
		until = time.Now().Add(budget)
	}
	for len(s) < least || time.Now().Before(until) {
		s = append(s, j.oneCall())
	}
	return s
}

func (s samples) quantile(q float64) float64 {
	sort.Float64s(s)
	index := int(q * float64(len(s)))
	if index == len(s) {
		index--
	}
	return s[index]
}

func mixed(which string, budget time.Duration) (beside, times float64) {
	j, q := newJob(computing, 16, uint64(time.Millisecond)), 0.5
	if which == "trivial, timeout" {
		j, q = newJob(trivial, 3, 0), 0.99
		j.timeout = timeout
	}
	alone := j.calls(budget, 1).quantile(q)
	background(sleeping, blocked)
	beside = j.calls(budget, 1).quantile(q)
	return beside / 1e3, beside / alone
}

func deadline(which string, n int, budget time.Duration) (s samples) {
	const timeout, sleep, margin = 5 * time.Millisecond, 60 * time.Millisecond, 10 * time.Millisecond
	j := newJob(sleeping, n, uint64(sleep))
	j.timeout, j.outlast = timeout, true
	if strings.HasSuffix(which, "workers block") {
		background(sleeping, blocked)
	} else if strings.HasSuffix(which, "workers compute") {
		background(computing, runtime.GOMAXPROCS(0))
	}
	for until := time.Now().Add(budget); len(s) == 0 || time.Now().Before(until); {
		began := time.Now()
		j.run()
		s = append(s, float64(time.Since(began)-timeout))
		time.Sleep(time.Until(began.Add(sleep + margin)))
	}
	return s
}

func cpuTime() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func cold(j *job, budget time.Duration) (s samples, cpu float64) {
	call := func() float64 {
		time.Sleep(time.Millisecond)
		return j.oneCall()
	}
	for i := 0; i < 20; i++ {
		call()
	}
	before := cpuTime()
	for until := time.Now().Add(budget); len(s) == 0 || time.Now().Before(until); {
		s = append(s, call())
	}
	return s, (cpuTime() - before) / float64(len(s))
}

// Nanoseconds a task, with so many callers at once.
func taskTime(callers, n int, budget time.Duration) float64 {
	calls := make([]int, callers)
	var wait sync.WaitGroup
	wait.Add(callers)
	began := time.Now()
	for i := range calls {
		go func(i int) {
			for j := newJob(trivial, n, 0); time.Since(began) < budget; calls[i]++ {
				j.oneCall()
			}
			wait.Done()
		}(i)
	}
	wait.Wait()
	took, all := time.Since(began), 0
	for _, c := range calls {
		all += c
	}
	return float64(took) / float64(all*n)
}

func outside(n int, budget time.Duration) (one, two float64) {
	taskTime(2, n, budget/5)
	return taskTime(1, n, budget), taskTime(2, n, budget)
}

// What all CPUs compute, against one at its best.
func machineSpeed() float64 {
	const share = 2 * time.Millisecond
	cpus, best := runtime.GOMAXPROCS(0), time.Hour
	for try := 0; try < 3; try++ {
		began := time.Now()
		newJob(computing, cpus, uint64(share)).run()
		if took := time.Since(began); took < best {
			best = took
		}
	}
	return float64(cpus) * float64(share) / float64(best)
}

func metg(size int, budget time.Duration) (took, reached float64) {
	const tasks = 256
	before := machineSpeed()
	took = newJob(computing, tasks, uint64(size)).calls(budget, 1).quantile(0.5)
	speed := machineSpeed()
	if before > speed {
		speed = before
	}
	return took / 1e3, 100 * tasks * float64(size) / (took * speed)
}

func workers(which string, budget time.Duration) float64 {
	const tasks = 1000
	kind, number, _ := strings.Cut(which, ", ")
	if kind != "calls" {
		os.Exit(cannot)
	}
	n, _ := strconv.Atoi(number)
	runtime.GOMAXPROCS(n)
	return newJob(trivial, tasks, 0).calls(budget, 1).quantile(0.5) / tasks
}

func (s samples) printSpread() {
	for _, q := range spread {
		fmt.Print(s.quantile(q)/1e3, " ")
	}
	fmt.Println()
}

func main() {
	if len(os.Args) != 4 {
		die("usage: %s WORKLOAD CASE SECONDS", os.Args[0])
	}
	workload, which := os.Args[1], os.Args[2]
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	budget := time.Duration(seconds * float64(time.Second))
	number, _, _ := strings.Cut(strings.TrimSuffix(which, " ns"), ",")
	n, _ := strconv.Atoi(number) // 0 in mixed, which has its own
	calibrate()

	var s samples
	unit := 1e3
	switch workload {
	case "fanout":
		j := newJob(trivial, n, 0)
		if strings.HasSuffix(which, ", timeout") {
			j.timeout = timeout
		}
		s = j.calls(budget, 3)
		fmt.Print(s.quantile(0.5)/unit, " ", s.quantile(0.99)/unit, " ")
		s.printSpread()
		return
	case "cold":
		j := newJob(trivial, n, 0)
		if strings.HasSuffix(which, ", timeout") {
			j.timeout = timeout
		}
		s, cpu := cold(j, budget)
		fmt.Print(s.quantile(0.5)/unit, " ", s.quantile(0.99)/unit, " ", cpu/unit, " ")
		s.printSpread()
		return
	case "outside":
		one, two := outside(n, budget)
		fmt.Println(one, two, two/one)
		return
	case "metg":
		fmt.Println(metg(n, budget))
		return
	case "workers":
		fmt.Println(workers(which, budget))
		return
	case "bulk":
		s, unit = newJob(trivial, n, 0).calls(budget, 3), float64(n)
	case "blocking":
		s, unit = newJob(sleeping, n, uint64(10*time.Millisecond)).calls(budget, 1), 1e6
	case "computing":
		s, unit = newJob(computing, n, uint64(5*time.Millisecond)).calls(budget, 1), 1e6
	case "mixed":
		fmt.Println(mixed(which, budget))
		return
	case "deadline":
		s = deadline(which, n, budget)
	default:
		os.Exit(cannot)
	}
	fmt.Println(s.quantile(0.5)/unit, s.quantile(0.99)/unit)
}
