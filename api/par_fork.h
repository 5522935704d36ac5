/* par_fork.h - fork and join: functions that spawn calls of their own kind, for compute code.
 *
 *     PAR_FORKABLE(long, fib, (int, n))
 *     {
 *         if (n < 2)
 *             return n;
 *         par_spawn(fib, n - 1);                   // may be stolen by an idle worker
 *         long right = par_here(fib, n - 2);       // a direct call that hands the context on
 *         return par_sync(fib) + right;            // joins the newest spawn
 *     }
 *
 *     long f = fib(40);                            // from any thread, as an ordinary function
 *
 * A spawn costs a nanosecond or two as long as nobody takes it, so that there is no need to stop
 * spawning where the problem gets small. For C only. */
#ifndef PAR_FORK_H
#define PAR_FORK_H

#ifndef __cplusplus

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "par_decorate.h"
#include "par_export.h"
#include "par_fork_slot.h"
#include "par_macro.h"

/* PAR_FORKABLE(result, f, (type, name), ...) { body }
 *
 * Defines `static result f(type name, ...)`. Up to 6 parameters, of scalar, pointer, struct or union
 * types, which together take at most 112 bytes, as the result may; result may be void. Other threads
 * may run the body: what it points to must outlive the join, and thread-local variables, errno too,
 * are those of whichever thread that is.
 *
 * f() called in ordinary code may be called from any thread, in tasks and in forkable bodies too;
 * not from signal handlers. The calling thread works on it, and so do idle workers of its pool: the
 * default pool for threads that are not workers, who count as one of its workers meanwhile. It
 * blocks only when a spawn that another thread has stolen takes longer than all else. Everything
 * spawned has ended when it returns; what it did is visible to the caller. There are no errors: where
 * no pool can be had, or 64 such calls are open in it already, the calling thread does it all; where there
 * is not even memory to keep a result in, the process is aborted with a line on standard error.
 *
 * Called in a task, it is a part of that task on whatever thread it runs: par_fail() (the first one counts),
 * par_cancelled() and par_time_left() are the task's, and so are calls that are made in it.
 *
 * A body joins what it spawns, in the reverse order, before it returns, and leaves by return alone: not
 * by longjmp() nor by ending its thread. Built with PAR_DEBUG defined as 1, a program whose joins do not
 * pair is stopped by a trap, after a line on standard error. fork() in a body whose spawns are open is
 * for exec() only. */
#define PAR_FORKABLE(...) PAR_PASTE(PAR_FORKABLE_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* PAR_FORKABLE_DECLARE(result, f, (type, name), ...);
 *
 * Declares f, before its PAR_FORKABLE, so that functions can spawn each other. */
#define PAR_FORKABLE_DECLARE(...) PAR_PASTE(PAR_FORK_DECLARE_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* In the body of a forkable function: par_spawn(f, argument, ...), a statement, starts a call of f
 * that this or another thread runs before the par_sync(f) for it ends. What was done before it is
 * visible to the call. Does not block. When thousands of spawns are open, a further one is run at once. */
#define par_spawn(...) PAR_PASTE(PAR_SPAWN_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* par_here(f, argument, ...): f's result, of a direct call; several times cheaper than f(argument, ...),
 * which begins a work of its own. */
#define par_here(...) PAR_PASTE(PAR_HERE_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* par_sync(f): the result of the newest spawn that has not been joined, which is one of f. Runs it if
 * no other thread has begun; else waits, working on what it has spawned. What the call did is visible
 * afterwards. Two of them in one expression join in the order that the compiler evaluates them in. */
#define par_sync(f) PAR_PASTE(par_sync_, f)(par_front, &par_head)

/* ---------------------------------------------------------------------------------------------
 * Internals of the macros. */

/* A root: par_fork_enter() before the body, par_fork_leave() after it. */
typedef struct par_fork_root {
    par_fork_front *front;
    par_fork_slot *head;
    struct par_fork_deque *deque;
    struct par_pool *pool; /* entered for it; NULL: none */
    uint32_t *cost;        /* of the function, as that of a par_function */
} par_fork_root;

PAR_API void par_fork_enter(par_fork_root *root);
PAR_API void par_fork_leave(par_fork_root *root);

/* What is not plain: sched/fork.h. */
PAR_API par_fork_slot *par_fork_place(par_fork_front *front, par_fork_slot *head);
PAR_API void par_fork_placed(par_fork_front *front, par_fork_slot *head, par_fork_slot *slot);
PAR_API par_fork_slot *par_fork_wait(par_fork_front *front, par_fork_slot *newest);

/* With PAR_DEBUG: stops a program whose spawns and joins do not pair. */
PAR_API void par_fork_misused(const char *function, const char *what);

#define PAR_FORK_INLINE static inline __attribute__((always_inline, unused))

#if defined(PAR_DEBUG) && PAR_DEBUG
#define PAR_FORK_CHECKED 1
#else
#define PAR_FORK_CHECKED 0
#endif

#define PAR_FORKABLE_2(result, f)      PAR_FORKABLE_N(0, result, f, ~)
#define PAR_FORKABLE_3(result, f, ...) PAR_FORKABLE_N(1, result, f, __VA_ARGS__)
#define PAR_FORKABLE_4(result, f, ...) PAR_FORKABLE_N(2, result, f, __VA_ARGS__)
#define PAR_FORKABLE_5(result, f, ...) PAR_FORKABLE_N(3, result, f, __VA_ARGS__)
#define PAR_FORKABLE_6(result, f, ...) PAR_FORKABLE_N(4, result, f, __VA_ARGS__)
#define PAR_FORKABLE_7(result, f, ...) PAR_FORKABLE_N(5, result, f, __VA_ARGS__)
#define PAR_FORKABLE_8(result, f, ...) PAR_FORKABLE_N(6, result, f, __VA_ARGS__)

#define PAR_FORKABLE_9(...)    PAR_FORKABLE_MANY(__VA_ARGS__)
#define PAR_FORKABLE_10(...)   PAR_FORKABLE_MANY(__VA_ARGS__)
#define PAR_FORKABLE_MANY(...) _Static_assert(0, "a forkable function takes at most 6 parameters")

#define PAR_FORK_DECLARE_2(result, f)      PAR_FORK_DECLARE_N(0, result, f, ~)
#define PAR_FORK_DECLARE_3(result, f, ...) PAR_FORK_DECLARE_N(1, result, f, __VA_ARGS__)
#define PAR_FORK_DECLARE_4(result, f, ...) PAR_FORK_DECLARE_N(2, result, f, __VA_ARGS__)
#define PAR_FORK_DECLARE_5(result, f, ...) PAR_FORK_DECLARE_N(3, result, f, __VA_ARGS__)
#define PAR_FORK_DECLARE_6(result, f, ...) PAR_FORK_DECLARE_N(4, result, f, __VA_ARGS__)
#define PAR_FORK_DECLARE_7(result, f, ...) PAR_FORK_DECLARE_N(5, result, f, __VA_ARGS__)
#define PAR_FORK_DECLARE_8(result, f, ...) PAR_FORK_DECLARE_N(6, result, f, __VA_ARGS__)

#define PAR_SPAWN_1(f)      par_spawn_##f(par_front, &par_head)
#define PAR_SPAWN_2(f, ...) par_spawn_##f(par_front, &par_head, __VA_ARGS__)
#define PAR_SPAWN_3         PAR_SPAWN_2
#define PAR_SPAWN_4         PAR_SPAWN_2
#define PAR_SPAWN_5         PAR_SPAWN_2
#define PAR_SPAWN_6         PAR_SPAWN_2
#define PAR_SPAWN_7         PAR_SPAWN_2

#define PAR_HERE_1(f)      par_call_##f(par_front, &par_head)
#define PAR_HERE_2(f, ...) par_call_##f(par_front, &par_head, __VA_ARGS__)
#define PAR_HERE_3         PAR_HERE_2
#define PAR_HERE_4         PAR_HERE_2
#define PAR_HERE_5         PAR_HERE_2
#define PAR_HERE_6         PAR_HERE_2
#define PAR_HERE_7         PAR_HERE_2

/* The parts of a parameter, which is written (type, name). Where other names are in scope it is called
 * par_in_name. */
#define PAR_FORK_PARAMETER(f, parts)     PAR_PARTS_TYPE parts PAR_PARTS_NAME parts
#define PAR_FORK_AND_PARAMETER(f, parts) , PAR_PARTS_TYPE parts PAR_PARTS_NAME parts
#define PAR_FORK_AND_DECLARE(f, parts)   , PAR_PARTS_TYPE parts PAR_PARAMETER_IN(parts)
#define PAR_FORK_AND_PASS(f, parts)      , PAR_PARAMETER_IN(parts)
#define PAR_FORK_AND_GIVEN(f, parts)     , par_given.PAR_PARTS_NAME parts
#define PAR_FORK_STORE(f, parts)                                                                 \
    _Static_assert(                                                                              \
        __builtin_types_compatible_p(PAR_PARTS_TYPE parts, __typeof__(PAR_PARAMETER_IN(parts))), \
        "a parameter of " #f " is an array: declare it as a pointer");                           \
    __builtin_memcpy(par_spawned->payload + PAR_FORK_OFFSET(f, parts),                           \
                     (const void *)&PAR_PARAMETER_IN(parts), sizeof(PAR_PARTS_TYPE parts));
#define PAR_FORK_OFFSET(f, parts) __builtin_offsetof(struct par_forked_##f, PAR_PARTS_NAME parts)

/* A call's value; 0 where it has none. */
#define PAR_FORK_VALUE(result, ...) \
    __builtin_choose_expr(PAR_IS_VOID(result), ((void)(__VA_ARGS__), 0), (__VA_ARGS__))

/* par_body_f is the body, par_run_f runs it for a thief. The other three are the macros'. They take the
 * address of the head, so that it is read when their arguments have been evaluated: joins may be among
 * them. */
/* clang-format off */
#define PAR_FORK_DECLARE_N(n, result, f, ...)                                                      \
    static __attribute__((unused)) result f(PAR_COMMA_##n(PAR_PARAMETER_DECLARE, f, __VA_ARGS__)); \
    static __attribute__((unused)) result par_body_##f(                                            \
        par_fork_front *, par_fork_slot * PAR_EACH_##n(PAR_FORK_AND_DECLARE, f, __VA_ARGS__));     \
    PAR_FORK_INLINE PAR_RESULT(result) par_call_##f(                                               \
        par_fork_front *, par_fork_slot ** PAR_EACH_##n(PAR_FORK_AND_DECLARE, f, __VA_ARGS__));    \
    PAR_FORK_INLINE void par_spawn_##f(                                                            \
        par_fork_front *, par_fork_slot ** PAR_EACH_##n(PAR_FORK_AND_DECLARE, f, __VA_ARGS__));    \
    PAR_FORK_INLINE PAR_RESULT(result) par_sync_##f(par_fork_front *, par_fork_slot **)

#define PAR_FORKABLE_N(n, result, f, ...)                                                          \
    PAR_FORK_DECLARE_N(n, result, f, __VA_ARGS__);                                                 \
    struct par_forked_##f {                                                                        \
        PAR_EACH_##n(PAR_PARAMETER_MEMBER, f, __VA_ARGS__)                                         \
        char par_none; /* so that there is a member */                                             \
    };                                                                                             \
    _Static_assert(sizeof(PAR_RESULT(result)) <= PAR_FORK_PAYLOAD,                                 \
                   "the result of " #f " takes more than 112 bytes");                              \
    _Static_assert(__builtin_offsetof(struct par_forked_##f, par_none) <= PAR_FORK_PAYLOAD,        \
                   "the parameters of " #f " take more than 112 bytes");                            \
    _Static_assert(_Alignof(struct par_forked_##f) <= PAR_MAX_ALIGNMENT &&                         \
                       _Alignof(PAR_RESULT(result)) <= PAR_MAX_ALIGNMENT,                          \
                   "a parameter or the result of " #f " is aligned to more than 16 bytes");        \
                                                                                                   \
    PAR_FORK_INLINE PAR_RESULT(result) par_call_##f(                                               \
        par_fork_front *par_front,                                                                 \
        par_fork_slot **par_head PAR_EACH_##n(PAR_FORK_AND_DECLARE, f, __VA_ARGS__))               \
    {                                                                                              \
        uint64_t par_open = par_front->open;                                                       \
        PAR_RESULT(result) par_result = PAR_FORK_VALUE(result, par_body_##f(                       \
            par_front, *par_head PAR_EACH_##n(PAR_FORK_AND_PASS, f, __VA_ARGS__)));                 \
        if (PAR_FORK_CHECKED && par_front->open != par_open)                                       \
            par_fork_misused(#f, "it returns without having joined what it has spawned");          \
        return par_result;                                                                         \
    }                                                                                              \
                                                                                                   \
    static void par_run_##f(par_fork_front *, par_fork_slot *, par_fork_slot *);                   \
    PAR_FORK_INLINE PAR_RESULT(result) par_unpack_##f(                                             \
        par_fork_front *par_front, par_fork_slot *par_head, par_fork_slot *par_spawned)               \
    {                                                                                              \
        struct par_forked_##f par_given;                                                           \
        if (PAR_FORK_CHECKED && par_spawned->run != par_run_##f)                                      \
            par_fork_misused(#f, "par_sync() does not name the newest spawn's function");          \
        __builtin_memcpy((void *)&par_given, par_spawned->payload,                                    \
                         __builtin_offsetof(struct par_forked_##f, par_none));                     \
        (void)par_given;                                                                           \
        return par_call_##f(par_front,                                                             \
                            &par_head PAR_EACH_##n(PAR_FORK_AND_GIVEN, f, __VA_ARGS__));            \
    }                                                                                              \
                                                                                                   \
    static void par_run_##f(par_fork_front *par_front, par_fork_slot *par_head,                    \
                            par_fork_slot *par_spawned)                                               \
    {                                                                                              \
        PAR_RESULT(result) par_result = par_unpack_##f(par_front, par_head, par_spawned);             \
        __builtin_memcpy(par_spawned->payload, &par_result, sizeof(par_result));                      \
    }                                                                                              \
                                                                                                   \
    PAR_FORK_INLINE void par_spawn_##f(                                                            \
        par_fork_front *par_front,                                                                 \
        par_fork_slot **par_head PAR_EACH_##n(PAR_FORK_AND_DECLARE, f, __VA_ARGS__))               \
    {                                                                                              \
        par_fork_slot *par_spawned = (*par_head)++;                                                   \
        par_front->open += PAR_FORK_CHECKED;                                                       \
        if (PAR_FORK_PLAIN_SPAWN(par_front, par_spawned)) {                                           \
            PAR_EACH_##n(PAR_FORK_STORE, f, __VA_ARGS__)                                           \
            par_spawned->run = par_run_##f;                                                           \
        } else {                                                                                   \
            par_fork_slot *par_at = par_spawned;                                                      \
            par_spawned = par_fork_place(par_front, par_at);                                          \
            PAR_EACH_##n(PAR_FORK_STORE, f, __VA_ARGS__)                                           \
            par_spawned->run = par_run_##f;                                                           \
            par_fork_placed(par_front, par_at, par_spawned);                                          \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    PAR_FORK_INLINE PAR_RESULT(result) par_sync_##f(par_fork_front *par_front,                     \
                                                    par_fork_slot **par_head)                      \
    {                                                                                              \
        par_fork_slot *par_spawned = --*par_head;                                                     \
        if (PAR_FORK_CHECKED && par_front->open-- == 0)                                            \
            par_fork_misused(#f, "par_sync() without a spawn");                                    \
        if (!PAR_FORK_PLAIN_SYNC(par_front, par_spawned)) {                                           \
            par_fork_slot *par_done = par_fork_wait(par_front, par_spawned);                          \
            if (par_done != NULL) {                                                                \
                if (PAR_FORK_CHECKED && par_done->run != par_run_##f)                              \
                    par_fork_misused(#f, "par_sync() does not name the newest spawn's function");  \
                PAR_RESULT(result) par_result;                                                     \
                __builtin_memcpy((void *)&par_result, par_done->payload, sizeof(par_result));      \
                return par_result;                                                                 \
            }                                                                                      \
        }                                                                                          \
        PAR_RESULT(result) par_result = par_unpack_##f(par_front, par_spawned, par_spawned);        \
        PAR_FORK_NO_TAIL_CALL();                                                                   \
        return par_result;                                                                         \
    }                                                                                              \
                                                                                                   \
    static __attribute__((unused)) result f(PAR_COMMA_##n(PAR_PARAMETER_DECLARE, f, __VA_ARGS__))  \
    {                                                                                              \
        static uint32_t par_cost;                                                                  \
        par_fork_root par_root = {.cost = &par_cost};                                              \
        par_fork_enter(&par_root);                                                                 \
        PAR_RESULT(result) par_result = par_call_##f(                                              \
            par_root.front, &par_root.head PAR_EACH_##n(PAR_FORK_AND_PASS, f, __VA_ARGS__));        \
        par_fork_leave(&par_root);                                                                 \
        (void)par_result;                                                                          \
        __extension__({                                                                            \
            return __builtin_choose_expr(PAR_IS_VOID(result), (void)0, par_result);                \
        });                                                                                        \
    }                                                                                              \
                                                                                                   \
    static result par_body_##f(__attribute__((unused)) par_fork_front *par_front,                  \
                               __attribute__((unused)) par_fork_slot *par_head                     \
                               PAR_EACH_##n(PAR_FORK_AND_PARAMETER, f, __VA_ARGS__))
/* clang-format on */

/* No instruction, but something that comes after a call: compilers that make loops of recursion, with the sum
 * in a register that every call then saves, make slower code of it here. */
#define PAR_FORK_NO_TAIL_CALL() __asm__ volatile("")

#define PAR_FORK_PLAIN_SPAWN(front, slot) \
    __builtin_expect((slot) < atomic_load_explicit(&(front)->limit, memory_order_relaxed), 1)
#define PAR_FORK_PLAIN_SYNC(front, slot) \
    __builtin_expect((slot) >= atomic_load_explicit(&(front)->bound, memory_order_relaxed), 1)

#endif
#endif
