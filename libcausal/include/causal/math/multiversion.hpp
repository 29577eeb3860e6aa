#pragma once
// One macro for hot kernels: compiled for several instruction sets, the best one chosen when the program starts.

// The bytes a kernel computes do not differ between the versions: lanes are fixed in the source and products are never
// fused with sums (-ffp-contract=off). Empty under the thread sanitizer, which crashes in the resolver, and for clang.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define CAUSAL_MULTIVERSION __attribute__((target_clones("avx2", "default")))
#else
#define CAUSAL_MULTIVERSION
#endif
/// Inlined into every version of the kernel that calls it.
#define CAUSAL_KERNEL_INLINE inline __attribute__((always_inline))
