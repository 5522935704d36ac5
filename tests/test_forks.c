/* test_forks.c - the table of fork-join deques: roots come and go, where workers look, whom they ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../sched/forks.h"

enum { WORKERS = 3 };

static par_fork_deque *_Atomic deques[PAR_FORK_ROOTS + WORKERS];
static par_forks forks;

static int set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAR_FORK_ROOTS + WORKERS; i++)
        deques[i] = NULL;
    par_forks_init(&forks, deques, 8);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    par_forks_destroy(&forks, WORKERS);
    return 0;
}

/* A root with a crew of so many. */
static par_fork_deque *begin(uint32_t limit)
{
    par_fork_deque *root = par_forks_take_root(&forks);
    assert_non_null(root);
    par_store_relaxed(&root->own.limit, limit);
    assert_true(par_fork_crew_sit(&root->own));
    par_fork_deque_begin(root, &root->own);
    return root;
}

static void end(par_fork_deque *root)
{
    par_fork_crew_leave(&root->own);
    par_forks_give_root(&forks, root);
}

static void test_so_many_roots(void **state)
{
    (void)state;
    par_fork_deque *roots[PAR_FORK_ROOTS];
    for (int i = 0; i < PAR_FORK_ROOTS; i++) {
        roots[i] = par_forks_take_root(&forks);
        assert_int_equal(roots[i]->index, i);
    }
    assert_null(par_forks_take_root(&forks));
    par_forks_give_root(&forks, roots[17]);
    assert_ptr_equal(par_forks_take_root(&forks), roots[17]);
}

static void test_steals_what_is_shared(void **state)
{
    (void)state;
    par_theft theft;
    assert_false(par_forks_any(&forks));
    par_fork_deque *root = begin(2);
    assert_false(par_forks_steal(&forks, 0, 0, &theft));
    par_fork_deque_share(root, root->slots + 1);
    assert_true(par_forks_any(&forks));
    assert_true(par_forks_steal(&forks, 0, 0, &theft));
    assert_ptr_equal(theft.slot, root->slots);
    assert_ptr_equal(theft.crew, &root->own);
    par_fork_crew_leave(theft.crew);
    par_fork_deque_joined(root, root->slots);
    end(root);
    assert_false(par_forks_any(&forks));
}

/* Who finds nothing has asked, if it could have taken something. */
static void test_asks_whose_crew_has_a_seat(void **state)
{
    (void)state;
    par_theft theft;
    par_fork_deque *open = begin(2), *full = begin(2);
    assert_true(par_fork_crew_sit(&full->own));
    for (int i = 0; i < 2; i++) {
        par_fork_deque_share(open, open->slots + 1);
        par_fork_deque_share(full, full->slots + 1);
        assert_true(par_fork_deque_take_back(open, open->slots));
        assert_false(par_fork_deque_is_asked(open) || par_fork_deque_is_asked(full));
        assert_false(i == 0 ? par_forks_any(&forks) : par_forks_steal(&forks, 0, 0, &theft));
        assert_true(par_fork_deque_is_asked(open));
        assert_false(par_fork_deque_is_asked(full));
        assert_true(par_fork_deque_take_back(full, full->slots));
    }
    par_fork_crew_leave(&full->own);
    end(open);
    end(full);
}

static void test_steals_from_other_workers(void **state)
{
    (void)state;
    par_theft theft;
    par_fork_deque *root = begin(4), *worker = par_forks_of_worker(&forks, 1);
    assert_ptr_equal(par_forks_of_worker(&forks, 1), worker);
    assert_ptr_equal(par_forks_of_thief(&forks, worker->index), worker);
    par_fork_deque_begin(worker, &root->own);
    par_fork_deque_share(worker, worker->slots + 1);
    assert_false(par_forks_steal(&forks, 1, 0, &theft)); /* not from itself */
    for (uint32_t random = 0; random < 4; random++) {
        assert_true(par_forks_steal(&forks, 0, random, &theft));
        assert_ptr_equal(theft.slot, worker->slots);
        par_fork_crew_leave(theft.crew);
        par_fork_deque_joined(worker, worker->slots);
        par_fork_deque_share(worker, worker->slots + 1);
    }
    assert_true(par_fork_deque_take_back(worker, worker->slots));
    end(root);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_so_many_roots),
        TEST(test_steals_what_is_shared),
        TEST(test_asks_whose_crew_has_a_seat),
        TEST(test_steals_from_other_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
