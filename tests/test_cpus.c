/* test_cpus.c - the CPU quota, over made-up trees of /proc and /sys, and the affinity mask. */
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../sched/cpus.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    strcpy(root, "/tmp/par-cpus-XXXXXX");
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

/* Makes root/path with the directories that lead there. */
static void put(const char *path, const char *text)
{
    char name[2 * PATH_MAX];
    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *slash = strchr(name + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(name, 0700);
        *slash = '/';
    }
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void put_cgroup(const char *lines)
{
    put("/proc/self/cgroup", lines);
}

static void put_mounts(const char *lines)
{
    put("/proc/self/mountinfo", lines);
}

/* One hierarchy, as most machines have it today. */
static void put_v2(const char *group)
{
    char line[256];
    snprintf(line, sizeof line, "0::%s\n", group);
    put_cgroup(line);
    put_mounts("22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
               "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
}

static void put_v1(const char *group, const char *mount_root)
{
    char line[256];
    snprintf(line, sizeof line, "5:cpuset:/elsewhere\n4:cpu,cpuacct:%s\n1:name=systemd:/init\n",
             group);
    put_cgroup(line);
    snprintf(line, sizeof line,
             "33 32 0:29 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n"
             "34 32 0:30 %s /cg/cpu,cpuacct rw shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct\n",
             mount_root);
    put_mounts(line);
}

static unsigned quota(void)
{
    return par_cpus_quota(root);
}

static void test_nothing_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(par_cpus_quota("/nowhere"), UINT_MAX);
    assert_int_equal(quota(), UINT_MAX);
    put_cgroup("0::/a\n");
    assert_int_equal(quota(), UINT_MAX);
    put_mounts("");
    assert_int_equal(quota(), UINT_MAX);
    put_v2("/a");
    assert_int_equal(quota(), UINT_MAX);
}

static void test_v2_quota_is_rounded_down(void **state)
{
    (void)state;
    put_v2("/app");
    put("/sys/fs/cgroup/app/cpu.max", "300000 100000\n");
    assert_int_equal(quota(), 3);
    put("/sys/fs/cgroup/app/cpu.max", "399999 100000\n");
    assert_int_equal(quota(), 3);
    put("/sys/fs/cgroup/app/cpu.max", "20000 100000\n");
    assert_int_equal(quota(), 1);
    put("/sys/fs/cgroup/app/cpu.max", "1000 500");
    assert_int_equal(quota(), 2);
    put("/sys/fs/cgroup/app/cpu.max", "max 100000\n");
    assert_int_equal(quota(), UINT_MAX);
}

static void test_v2_tightest_ancestor_wins(void **state)
{
    (void)state;
    put_v2("/a/b/c");
    put("/sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "200000 100000\n");
    put("/sys/fs/cgroup/a/cpu.max", "400000 100000\n");
    assert_int_equal(quota(), 2);
    put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    assert_int_equal(quota(), 4);
    put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
    assert_int_equal(quota(), 3);
    put("/sys/fs/cgroup/a/bc/cpu.max", "100000 100000\n");
    put("/cpu.max", "100000 100000\n");
    put("/sys/cpu.max", "100000 100000\n");
    assert_int_equal(quota(), 3);
}

static void test_v2_root_group(void **state)
{
    (void)state;
    put_v2("/");
    assert_int_equal(quota(), UINT_MAX);
    put("/sys/fs/cgroup/cpu.max", "500000 100000\n");
    assert_int_equal(quota(), 5);
}

static void test_missing_directories_do_not_hide_ancestors(void **state)
{
    (void)state;
    put_v2("/a/gone (deleted)");
    put("/sys/fs/cgroup/a/cpu.max", "200000 100000\n");
    assert_int_equal(quota(), 2);
}

static void test_v1_quota(void **state)
{
    (void)state;
    put_v1("/x/y", "/");
    put("/cg/cpu,cpuacct/x/y/cpu.cfs_quota_us", "-1\n");
    put("/cg/cpu,cpuacct/x/y/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), UINT_MAX);
    put("/cg/cpu,cpuacct/x/cpu.cfs_quota_us", "150000\n");
    put("/cg/cpu,cpuacct/x/cpu.cfs_period_us", "50000\n");
    assert_int_equal(quota(), 3);
    put("/cg/cpu,cpuacct/x/y/cpu.cfs_quota_us", "250000\n");
    assert_int_equal(quota(), 2);
    put("/cg/cpu,cpuacct/x/y/cpu.max", "100000 100000\n");
    put("/cg/cpuset/elsewhere/cpu.cfs_quota_us", "100000\n");
    put("/cg/cpuset/elsewhere/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 2);
}

static void test_v1_in_a_container(void **state)
{
    (void)state;
    put_v1("/docker/0123", "/docker/0123");
    put("/cg/cpu,cpuacct/cpu.cfs_quota_us", "400000\n");
    put("/cg/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 4);
    put_v1("/docker/0123/inner", "/docker/0123");
    put("/cg/cpu,cpuacct/inner/cpu.cfs_quota_us", "200000\n");
    put("/cg/cpu,cpuacct/inner/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 2);
    put_v1("/docker/01234", "/docker/0123");
    assert_int_equal(quota(), UINT_MAX);
    put_v1("/other", "/docker/0123");
    assert_int_equal(quota(), UINT_MAX);
}

static void test_hybrid(void **state)
{
    (void)state;
    put_cgroup("4:cpu,cpuacct:/svc\n1:name=systemd:/svc\n0::/svc\n");
    put_mounts("31 25 0:27 / /cg/unified rw - cgroup2 cgroup2 rw\n"
               "34 25 0:30 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
    put("/cg/unified/svc/cgroup.procs", "");
    put("/cg/cpu/svc/cpu.cfs_quota_us", "600000\n");
    put("/cg/cpu/svc/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 6);
    put("/cg/unified/svc/cpu.max", "500000 100000\n");
    assert_int_equal(quota(), 5);
}

static void test_cgroup_namespaces(void **state)
{
    (void)state;
    put("/cg/in/cpu.max", "300000 100000\n");
    put("/cg/cpu.max", "400000 100000\n");
    /* The group and the mount both lie outside the namespace, by the same way. */
    put_cgroup("0::/../../in\n");
    put_mounts("30 23 0:26 /../.. /cg rw - cgroup2 cgroup2 rw\n");
    assert_int_equal(quota(), 3);
    /* The mount shows what is above the namespace; where below it the process is cannot be known.
     */
    put_cgroup("0::/in\n");
    assert_int_equal(quota(), UINT_MAX);
    /* The process has left what the mount shows: no directory above the mount point is looked at.
     */
    put("/cpu.max", "100000 100000\n");
    put_cgroup("0::/../in\n");
    put_mounts("30 23 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
    assert_int_equal(quota(), UINT_MAX);
    put_cgroup("0::/in/..\n");
    assert_int_equal(quota(), UINT_MAX);
    put_cgroup("0::/..in\n");
    assert_int_equal(quota(), 4);
}

static void test_several_mounts_of_one_hierarchy(void **state)
{
    (void)state;
    put_cgroup("0::/a/b\n");
    put_mounts("30 23 0:26 /a /first rw - cgroup2 cgroup2 rw\n"
               "31 23 0:26 / /second rw - cgroup2 cgroup2 rw\n");
    put("/first/b/cpu.max", "500000 100000\n");
    put("/second/a/cpu.max", "400000 100000\n");
    assert_int_equal(quota(), 4);
}

static void test_escapes_in_paths(void **state)
{
    (void)state;
    put_cgroup("0::/a b:c\n");
    put_mounts("30 23 0:26 / /my\\040cg\\134x rw - cgroup2 cgroup2 rw\n");
    put("/my cg\\x/a b:c/cpu.max", "200000 100000\n");
    assert_int_equal(quota(), 2);
    put_mounts("30 23 0:26 / /my\\04 rw - cgroup2 cgroup2 rw\n");
    put("/my\\04/cpu.max", "300000 100000\n");
    assert_int_equal(quota(), 3);
}

static void test_unreadable_numbers_are_no_limit(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "max",
        "max\n",
        "200000",
        "200000 \n",
        "200000 0\n",
        "0x30000 100000\n",
        "200000 100000 1\n",
        "200000  100000\n",
        "-1 100000\n",
        "+200000 100000\n",
        " 200000 100000\n",
        "2e5 100000\n",
        "18446744073709551616 100000\n",
        "99999999999999999999999999999999999999999999999999999999 1\n",
        "18446744073709551615 1\n",
        "4294967295 1\n",
        "200000 100000 and then more than fits into the buffer for such a line, by far\n",
    };
    (void)state;
    put_v2("/a");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("/sys/fs/cgroup/a/cpu.max", texts[i]);
        assert_int_equal(quota(), UINT_MAX);
    }
    put("/sys/fs/cgroup/a/cpu.max", "4294967294 1\n");
    assert_int_equal(quota(), UINT_MAX - 1);
    put("/sys/fs/cgroup/a/cpu.max", "0 100000\n");
    assert_int_equal(quota(), 1);
}

static void test_unreadable_v1_numbers_are_no_limit(void **state)
{
    static const char *const texts[] = {"", "-1\n", "0", "many\n", "18446744073709551616\n"};
    (void)state;
    put_v1("/a", "/");
    put("/cg/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n");
    assert_int_equal(quota(), UINT_MAX);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("/cg/cpu,cpuacct/a/cpu.cfs_period_us", texts[i]);
        assert_int_equal(quota(), UINT_MAX);
    }
    put("/cg/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    put("/cg/cpu,cpuacct/a/cpu.cfs_quota_us", "no\n");
    assert_int_equal(quota(), UINT_MAX);
}

static void test_malformed_lines_are_passed_over(void **state)
{
    (void)state;
    put("/sys/fs/cgroup/a/cpu.max", "200000 100000\n");
    put_cgroup("\n:\n::\n0\n0:\n0::\n0::a\nx:y:z\n4:cpu\n0::/a");
    put_mounts("\n-\n - \n30\n30 23 0:26 / /sys/fs/cgroup\n30 23 0:26 / /sys/fs/cgroup rw -\n"
               "30 23 0:26 / /sys/fs/cgroup rw - cgroup2\n"
               "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2\n"
               "- - - - - - - cgroup2 cgroup2 rw\n");
    assert_int_equal(quota(), UINT_MAX);
    put_mounts("garbage\n30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
    assert_int_equal(quota(), 2);
}

static void test_overlong_lines_and_paths_are_passed_over(void **state)
{
    static char text[40000];
    (void)state;
    put("/sys/fs/cgroup/a/cpu.max", "200000 100000\n");
    put_v2("/a");
    memset(text, 'x', 30000);
    strcpy(text + 30000, "\n30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put_mounts(text);
    assert_int_equal(quota(), 2);
    memset(text, '/', 5000);
    strcpy(text + 5000, "\n");
    memcpy(text, "0::", 3);
    put_cgroup(text);
    assert_int_equal(quota(), UINT_MAX);
    strcpy(text + 4090, "\n");
    put_cgroup(text);
    assert_int_equal(quota(), UINT_MAX);
    memset(text, 'r', 5000);
    text[5000] = '\0';
    assert_int_equal(par_cpus_quota(text), UINT_MAX);
}

static void test_this_machine(void **state)
{
    (void)state;
    unsigned affinity = par_cpus_affinity(), both = par_cpus();
    assert_in_range(affinity, 1, 1 << 22);
    assert_in_range(both, 1, affinity);
    assert_true(both <= par_cpus_quota(""));
}

static void test_affinity_mask(void **state)
{
    cpu_set_t before, one;
    size_t cpu = 0;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(par_cpus_affinity(), CPU_COUNT(&before));
    while (!CPU_ISSET(cpu, &before))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(par_cpus_affinity(), 1);
    assert_int_equal(par_cpus(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TREE(test_nothing_is_no_limit),
        IN_TREE(test_v2_quota_is_rounded_down),
        IN_TREE(test_v2_tightest_ancestor_wins),
        IN_TREE(test_v2_root_group),
        IN_TREE(test_missing_directories_do_not_hide_ancestors),
        IN_TREE(test_v1_quota),
        IN_TREE(test_v1_in_a_container),
        IN_TREE(test_hybrid),
        IN_TREE(test_cgroup_namespaces),
        IN_TREE(test_several_mounts_of_one_hierarchy),
        IN_TREE(test_escapes_in_paths),
        IN_TREE(test_unreadable_numbers_are_no_limit),
        IN_TREE(test_unreadable_v1_numbers_are_no_limit),
        IN_TREE(test_malformed_lines_are_passed_over),
        IN_TREE(test_overlong_lines_and_paths_are_passed_over),
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_affinity_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
