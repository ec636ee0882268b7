/* What every generated step needs: types, exp, and products of matrices. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t bits;

#ifndef THREADS
#define THREADS 1
#endif

/* Before a loop whose elements do not depend on each other. */
#if THREADS > 1
#define LARGE_LOOP _Pragma("omp parallel for simd num_threads(THREADS)")
#else
#define LARGE_LOOP _Pragma("GCC ivdep")
#endif

/* exp(x): 2^n by the exponent's bits, times a polynomial of what remains; within an ulp.
   Without branches, so that loops over it become vector instructions. */
static inline float exp_f(float x)
{
    float n = rintf(x * 0x1.715476p+0f);
    n = n > 129.0f ? 129.0f : n;
    n = n < -151.0f ? -151.0f : n;
    float r = fmaf(n, -0x1.62e400p-1f, x);
    r = fmaf(n, -0x1.7f7d1cp-20f, r);
    float p = 0x1.a01a02p-13f;
    p = fmaf(p, r, 0x1.6c16c2p-10f);
    p = fmaf(p, r, 0x1.111112p-7f);
    p = fmaf(p, r, 0x1.555556p-5f);
    p = fmaf(p, r, 0x1.555556p-3f);
    p = fmaf(p, r, 0.5f);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    /* In two factors: the largest and the smallest results need 2^n beyond a float. */
    int32_t half = (int32_t)(n == n ? n : 0.0f) >> 1;
    int32_t rest = (int32_t)(n == n ? n : 0.0f) - half;
    union { int32_t i; float f; } a = {(half + 127) << 23}, b = {(rest + 127) << 23};
    p = p * a.f * b.f;
    p = x > 0x1.62e430p+6f ? (float)INFINITY : p;
    p = x < -104.0f ? 0.0f : p;
    return x == x ? p : x;
}

static inline double exp_(double x) { return exp(x); }

/* A product through BLAS, if its function is given when the step is made. */
typedef void (*gemm_f32)(int, int, int, int64_t, int64_t, int64_t, float, const float *,
                         int64_t, const float *, int64_t, float, float *, int64_t);
typedef void (*gemm_f64)(int, int, int, int64_t, int64_t, int64_t, double,
                         const double *, int64_t, const double *, int64_t, double,
                         double *, int64_t);
static gemm_f32 blas_f32;
static gemm_f64 blas_f64;

void use_blas(void *single, void *twice)
{
    blas_f32 = (gemm_f32)single;
    blas_f64 = (gemm_f64)twice;
}

#ifdef __AVX512F__
#define VECTOR 64
#else
#define VECTOR 32
#endif

#define NAME(stem) stem##_f32
#define REAL float
#include "product.h"
#undef NAME
#undef REAL

#define NAME(stem) stem##_f64
#define REAL double
#include "product.h"
