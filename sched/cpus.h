/* cpus.h - how many CPUs this process may use, and so how many workers a pool has by default. */
#ifndef PAR_SCHED_CPUS_H
#define PAR_SCHED_CPUS_H

/* The CPUs in the calling thread's affinity mask, but no more than the CPU quota of its control
 * groups pays for. At least 1. Reads files; any thread; nothing is kept. */
unsigned par_cpus(void);

/* The CPUs in the calling thread's affinity mask, however many the machine has. At least 1. */
unsigned par_cpus_affinity(void);

/* The CPUs that the tightest quota pays for, rounded down but at least 1, over the process's
 * control group and all its ancestors that can be seen, in both versions of cgroups; UINT_MAX when
 * there is no limit. What cannot be read or understood limits nothing. `root` is put before every
 * path: "" for this machine. */
unsigned par_cpus_quota(const char *root);

#endif
