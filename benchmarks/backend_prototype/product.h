/* c = a b, for one type: REAL is float or double. Strides count elements; c is in C's
   order. All sizes are constants where this is called, and the compiler uses that. */

#define LANES (VECTOR / (int)sizeof(REAL))
#define WIDE (2 * LANES)
#define HIGH (VECTOR == 64 ? 8 : 4)
#define DEEP 512

typedef REAL NAME(vector) __attribute__((vector_size(VECTOR)));
typedef REAL NAME(loose) __attribute__((vector_size(VECTOR), aligned(sizeof(REAL))));

/* The few terms of a tiny product, or of one with a vector. */
static inline __attribute__((always_inline)) void NAME(small)(
    int m, int n, int k, const REAL *a, ptrdiff_t a0, ptrdiff_t a1, const REAL *b,
    ptrdiff_t b0, ptrdiff_t b1, REAL *c)
{
    if (n == 1 && a0 == 1 && m > 1) {
        for (int i = 0; i < m; i++)
            c[i] = 0;
        for (int p = 0; p < k; p++)
            for (int i = 0; i < m; i++)
                c[i] += a[p * a1 + i] * b[p * b0];
        return;
    }
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++)
            c[i * n + j] = 0;
        for (int p = 0; p < k; p++) {
            REAL factor = a[i * a0 + p * a1];
            for (int j = 0; j < n; j++)
                c[i * n + j] += factor * b[p * b0 + j * b1];
        }
    }
}

/* HIGH rows by WIDE columns of c, kept in registers while the depth is gone through. */
static inline __attribute__((always_inline)) void NAME(tile)(
    int high, int wide, int depth, const REAL *a, ptrdiff_t a0, ptrdiff_t a1,
    const REAL *panel, REAL *c, int n, int first)
{
    NAME(vector) sum[HIGH][2];
    REAL out[WIDE];
#pragma GCC unroll 8
    for (int i = 0; i < high; i++)
        sum[i][0] = sum[i][1] = (NAME(vector)){0};
    for (int p = 0; p < depth; p++) {
        NAME(vector) left = *(const NAME(vector) *)(panel + p * WIDE);
        NAME(vector) right = *(const NAME(vector) *)(panel + p * WIDE + LANES);
#pragma GCC unroll 8
        for (int i = 0; i < high; i++) {
            REAL factor = a[i * a0 + p * a1];
            sum[i][0] += left * factor;
            sum[i][1] += right * factor;
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < high; i++) {
        if (wide == WIDE) {
            NAME(loose) *left = (NAME(loose) *)(c + i * n);
            left[0] = first ? sum[i][0] : left[0] + sum[i][0];
            left[1] = first ? sum[i][1] : left[1] + sum[i][1];
            continue;
        }
        memcpy(out, &sum[i][0], VECTOR);
        memcpy(out + LANES, &sum[i][1], VECTOR);
        for (int j = 0; j < wide; j++)
            c[i * n + j] = first ? out[j] : c[i * n + j] + out[j];
    }
}

/* WIDE columns of b side by side, zeros beyond the last. */
static inline void NAME(pack)(int wide, int depth, const REAL *b, ptrdiff_t b0,
                              ptrdiff_t b1, REAL *panel)
{
    if (wide < WIDE)
        memset(panel, 0, (size_t)depth * WIDE * sizeof(REAL));
    if (b1 == 1) {
        for (int p = 0; p < depth; p++)
            memcpy(panel + p * WIDE, b + p * b0, wide * sizeof(REAL));
        return;
    }
    /* Few rows at a time: what is written stays in the cache. */
    for (int start = 0; start < depth; start += 64) {
        int stop = start + 64 < depth ? start + 64 : depth;
        for (int j = 0; j < wide; j++)
            for (int p = start; p < stop; p++)
                panel[p * WIDE + j] = b[p * b0 + j * b1];
    }
}

static inline __attribute__((always_inline)) void NAME(large)(
    int m, int n, int k, const REAL *a, ptrdiff_t a0, ptrdiff_t a1, const REAL *b,
    ptrdiff_t b0, ptrdiff_t b1, REAL *c)
{
#if THREADS > 1
#pragma omp parallel for num_threads(THREADS) schedule(static) if ((double)m * n * k > 2e6)
#endif
    for (int j = 0; j < n; j += WIDE) {
        REAL panel[DEEP * WIDE] __attribute__((aligned(VECTOR)));
        int wide = n - j < WIDE ? n - j : WIDE;
        for (int p = 0; p < k; p += DEEP) {
            int depth = k - p < DEEP ? k - p : DEEP, i = 0;
            const REAL *from = a + p * a1;
            NAME(pack)(wide, depth, b + p * b0 + j * b1, b0, b1, panel);
            for (; i + HIGH <= m; i += HIGH)
                NAME(tile)(HIGH, wide, depth, from + i * a0, a0, a1, panel,
                           c + i * n + j, n, p == 0);
            for (; i < m; i++)
                NAME(tile)(1, wide, depth, from + i * a0, a0, a1, panel,
                           c + i * n + j, n, p == 0);
        }
    }
}

/* By BLAS where that pays and the strides are such as it takes. */
static inline __attribute__((always_inline)) void NAME(product)(
    int m, int n, int k, const REAL *a, ptrdiff_t a0, ptrdiff_t a1, const REAL *b,
    ptrdiff_t b0, ptrdiff_t b1, REAL *c)
{
    if ((double)m * n * k <= 1024 || m == 1 || n == 1)
        NAME(small)(m, n, k, a, a0, a1, b, b0, b1, c);
    else if (NAME(blas) && (a0 == 1 || a1 == 1) && (b0 == 1 || b1 == 1))
        NAME(blas)(101, a1 == 1 ? 111 : 112, b1 == 1 ? 111 : 112, m, n, k, 1, a,
                   a1 == 1 ? a0 : a1, b, b1 == 1 ? b0 : b1, 0, c, n);
    else
        NAME(large)(m, n, k, a, a0, a1, b, b0, b1, c);
}

#undef LANES
#undef WIDE
#undef HIGH
#undef DEEP
