/* inject.c - Concurrency Kit's stack: many push, one swap takes all.
 *
 * Edges   I1 hand in  push: CAS on head -> take: swap on head                  node and what it
 *         stands in Concurrency Kit's orders are inline assembly, which ThreadSanitizer does not
 *         see: there I1 is told to it by annotations, in this file alone. The release is told
 *         before the push; the push's own write of the node's link comes after that and before the
 *         CAS, so it is told to overlook it.
 * ABA     there is none: nodes are taken by swapping the whole stack out, never by a CAS from one
 *         node to its next. A node is pushed again only after it was taken.
 * Empty   par_inject_empty() is a seq_cst load, for those who look once more before they sleep:
 *         idle E2.
 * Progress push: lock-free; take: wait-free. A thread frozen between take and the hand-over of what
 *         it took holds that batch; callers keep this stretch short and free of system calls.
 * Tests   test_inject.c; I1 in stress_inject.c.
 */
#include "inject.h"

#include <ck_stack.h>

#if defined(__SANITIZE_THREAD__)
#define PAR_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PAR_TSAN 1
#endif
#endif
#ifndef PAR_TSAN
#define PAR_TSAN 0
#endif

#if PAR_TSAN
#include <sanitizer/tsan_interface.h>
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#define tell_released(address) __tsan_release(address)
#define tell_acquired(address) __tsan_acquire(address)
#define tell_link_begin()      AnnotateIgnoreWritesBegin(__FILE__, __LINE__)
#define tell_link_end()        AnnotateIgnoreWritesEnd(__FILE__, __LINE__)
#else
#define tell_released(address) ((void)(address))
#define tell_acquired(address) ((void)(address))
#define tell_link_begin()      ((void)0)
#define tell_link_end()        ((void)0)
#endif

_Static_assert(sizeof(par_inject_node) == sizeof(ck_stack_entry_t), "a node is an entry of ck's");
_Static_assert(sizeof(ck_stack_t) <= sizeof((par_inject){0}.stack), "ck's stack fits");

static ck_stack_t *stack_of(const par_inject *inject)
{
    return (ck_stack_t *)(void *)inject->stack;
}

void par_inject_init(par_inject *inject)
{
    ck_stack_init(stack_of(inject));
}

void par_inject_push(par_inject *inject, par_inject_node *node)
{
    tell_released(inject);
    tell_link_begin();
    ck_stack_push_upmc(stack_of(inject), (ck_stack_entry_t *)(void *)node); /* I1 */
    tell_link_end();
}

par_inject_node *par_inject_take(par_inject *inject)
{
    if (par_inject_empty(inject)) /* spares the line a write */
        return NULL;
    ck_stack_entry_t *newest = ck_stack_batch_pop_upmc(stack_of(inject)); /* I1 */
    tell_acquired(inject);
    ck_stack_entry_t *oldest = NULL;
    while (newest != NULL) {
        ck_stack_entry_t *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return (par_inject_node *)(void *)oldest;
}

par_inject_node *par_inject_next(const par_inject_node *node)
{
    return (par_inject_node *)(void *)((const ck_stack_entry_t *)(const void *)node)->next;
}

bool par_inject_empty(const par_inject *inject)
{
    return __atomic_load_n(&stack_of(inject)->head, __ATOMIC_SEQ_CST) == NULL;
}
