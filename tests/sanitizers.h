/* sanitizers.h - for tests: which sanitizer they are built with, 0 or 1, since some things cannot be
 * done under each. ThreadSanitizer lets no child of fork() start threads; AddressSanitizer's
 * allocator keeps the locks that other threads held at the fork. */
#ifndef PAR_TESTS_SANITIZERS_H
#define PAR_TESTS_SANITIZERS_H

#if defined(__has_feature)
#define SANITIZERS_FEATURE(name) __has_feature(name)
#else
#define SANITIZERS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || SANITIZERS_FEATURE(thread_sanitizer)
#define UNDER_TSAN 1
#else
#define UNDER_TSAN 0
#endif

#if defined(__SANITIZE_ADDRESS__) || SANITIZERS_FEATURE(address_sanitizer)
#define UNDER_ASAN 1
#else
#define UNDER_ASAN 0
#endif

#endif
