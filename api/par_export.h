/* par_export.h - how par's headers mark what the library exports; for C and C++. */
#ifndef PAR_EXPORT_H
#define PAR_EXPORT_H

#define PAR_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define PAR_BEGIN_DECLS extern "C" {
#define PAR_END_DECLS   }
#else
#define PAR_BEGIN_DECLS
#define PAR_END_DECLS
#endif

#endif
