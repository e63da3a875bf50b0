/* x86-ghash-pclmul.c

   GHASH for 32-bit x86 by carry-less multiplication.

   Written for opensspi (https://github.com/opensspi), offered to Nettle
   under Nettle's own terms:

   This file is free software: you can redistribute it and/or
   modify it under the terms of either:

     * the GNU Lesser General Public License as published by the Free
       Software Foundation; either version 3 of the License, or (at your
       option) any later version.

   or

     * the GNU General Public License as published by the Free
       Software Foundation; either version 2 of the License, or (at your
       option) any later version.

   or both in parallel, as here.

   This file is distributed in the hope that it will be useful,
   but WITHOUT ANY WARRANTY; without even the implied warranty of
   MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
   General Public License for more details.
*/

/* Why: x86/ has no GHASH of its own, so a 32-bit program hashes with the
   table-less C code, at some 80 MB/s, beside an AES that does thousands.

   Method: S. Gueron, M. E. Kounavis, "Intel Carry-Less Multiplication
   Instruction and its Usage for Computing the GCM Mode" (Intel white
   paper 323640): Karatsuba, bit-reflected operands, several blocks
   multiplied by descending powers of the key before one reduction.

   Conventions. Bytes reversed, bit i of a 128-bit register is the
   coefficient of x^(127-i). The carry-less product of two such registers
   then has x^(254-k) at bit k; a factor that was divided by x before makes
   that x^(255-k), so that the halves of the product need no shift. Hence
   all powers of the key are kept divided by x.

   Reduction modulo x^128 + x^7 + x^2 + x + 1. The 64 bits of highest
   degree, q, stand for q x^64 (x^7 + x^2 + x + 1) modulo the polynomial:
   q moves up two words, and q times x^7 + x^2 + x up to one word less; as
   the bits are reflected, x^7, x^2, x are bits 57, 62, 63 of the factor,
   0xc200000000000000. Twice, for the two words.

   Constant time: no branch and no address depends on key or data.

   The C is for the compiler of any 32-bit x86 with SSE intrinsics (gcc,
   clang); nothing in it is particular to 32 bits. */

#ifdef HAVE_CONFIG_H
# include "config.h"
#endif

#ifndef NETTLE_GCM_H_INCLUDED
# include "ghash-internal.h"
#endif

#include <emmintrin.h>
#include <tmmintrin.h>
#include <wmmintrin.h>

/* Callers may have a stack aligned to 4 bytes only: other compilers' code, Windows'. */
#if defined (__i386__)
# define REALIGN , __force_align_arg_pointer__
#else
# define REALIGN
#endif
#define PCLMUL_CODE __attribute__ ((__target__ ("sse2,ssse3,pclmul") REALIGN))
#define PCLMUL_INLINE static inline __attribute__ ((__target__ ("sse2,ssse3,pclmul"), __always_inline__))

/* Of the 256 blocks in struct gcm_key these are used, per power i = 1, 2, ...:
   h[2i-2]  key^i / x
   h[2i-1]  both its halves added, for Karatsuba; twice */
#define POWERS 8

void
_nettle_ghash_set_key_pclmul (struct gcm_key *ctx, const union nettle_block16 *key);

const uint8_t *
_nettle_ghash_update_pclmul (const struct gcm_key *ctx, union nettle_block16 *state,
			     size_t blocks, const uint8_t *data);

PCLMUL_INLINE __m128i
load (const void *p)
{
  return _mm_loadu_si128 ((const __m128i *) p);
}

PCLMUL_INLINE __m128i
reverse (__m128i x)
{
  return _mm_shuffle_epi8 (x, _mm_set_epi8 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

PCLMUL_INLINE __m128i
swap_halves (__m128i x)
{
  return _mm_shuffle_epi32 (x, 0x4e);
}

/* Products not yet reduced, of halves of the operands. */
struct sum
{
  __m128i low, middle, high;
};

PCLMUL_INLINE void
add_product (struct sum *s, __m128i x, const union nettle_block16 *power)
{
  __m128i h = load (power);
  __m128i folded = _mm_xor_si128 (x, swap_halves (x));
  s->low = _mm_xor_si128 (s->low, _mm_clmulepi64_si128 (x, h, 0x00));
  s->high = _mm_xor_si128 (s->high, _mm_clmulepi64_si128 (x, h, 0x11));
  s->middle = _mm_xor_si128 (s->middle, _mm_clmulepi64_si128 (folded, load (power + 1), 0x00));
}

PCLMUL_INLINE __m128i
reduce (const struct sum *s)
{
  const __m128i polynomial = _mm_set_epi32 (0, 0, (int) 0xc2000000, 0);
  __m128i middle = _mm_xor_si128 (s->middle, _mm_xor_si128 (s->low, s->high));
  __m128i low = _mm_xor_si128 (s->low, _mm_slli_si128 (middle, 8));
  __m128i high = _mm_xor_si128 (s->high, _mm_srli_si128 (middle, 8));

  low = _mm_xor_si128 (swap_halves (low), _mm_clmulepi64_si128 (low, polynomial, 0x00));
  high = _mm_xor_si128 (high, swap_halves (low));
  return _mm_xor_si128 (high, _mm_clmulepi64_si128 (low, polynomial, 0x00));
}

/* X divided by x: a shift to the left; what falls out, the constant term, is
   1 = x (x^127 + x^6 + x + 1). */
PCLMUL_INLINE __m128i
divide_by_x (__m128i x)
{
  const __m128i inverse = _mm_set_epi32 ((int) 0xc2000000, 0, 0, 1);
  __m128i out = _mm_shuffle_epi32 (_mm_srai_epi32 (x, 31), 0xff);
  __m128i carry = _mm_slli_si128 (_mm_srli_epi64 (x, 63), 8);
  x = _mm_or_si128 (_mm_slli_epi64 (x, 1), carry);
  return _mm_xor_si128 (x, _mm_and_si128 (out, inverse));
}

PCLMUL_CODE void
_nettle_ghash_set_key_pclmul (struct gcm_key *ctx, const union nettle_block16 *key)
{
  __m128i power = reverse (load (key));
  unsigned i;

  for (i = 0; i < POWERS; i++)
    {
      struct sum s = { _mm_setzero_si128 (), _mm_setzero_si128 (), _mm_setzero_si128 () };
      __m128i h = divide_by_x (power);
      _mm_storeu_si128 ((__m128i *) &ctx->h[2*i], h);
      _mm_storeu_si128 ((__m128i *) &ctx->h[2*i + 1], _mm_xor_si128 (h, swap_halves (h)));
      add_product (&s, power, ctx->h);
      power = reduce (&s);
    }
}

PCLMUL_CODE const uint8_t *
_nettle_ghash_update_pclmul (const struct gcm_key *ctx, union nettle_block16 *state,
			     size_t blocks, const uint8_t *data)
{
  __m128i x = reverse (load (state));

  while (blocks > 0)
    {
      struct sum s = { _mm_setzero_si128 (), _mm_setzero_si128 (), _mm_setzero_si128 () };
      size_t n = blocks < POWERS ? blocks : POWERS;
      const union nettle_block16 *power = &ctx->h[2*n];
      size_t i;

      blocks -= n;
      x = _mm_xor_si128 (x, reverse (load (data)));
      add_product (&s, x, power -= 2);
      if (n == POWERS)
	{
	  /* Unrolled by the compiler, as the count is known. */
	  for (i = 1; i < POWERS; i++)
	    add_product (&s, reverse (load (data + 16*i)), &ctx->h[2*(POWERS - 1 - i)]);
	}
      else
	for (i = 1; i < n; i++)
	  add_product (&s, reverse (load (data + 16*i)), power -= 2);
      data += 16*n;
      x = reduce (&s);
    }
  _mm_storeu_si128 ((__m128i *) state, reverse (x));
  return data;
}
