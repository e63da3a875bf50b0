/* fat-x86.c

   Chooses GHASH on 32-bit x86 when the program runs.

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

#ifdef HAVE_CONFIG_H
# include "config.h"
#endif

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <cpuid.h>

#include "nettle-types.h"
#include "ghash-internal.h"
#include "fat-setup.h"

DECLARE_FAT_FUNC(_nettle_ghash_set_key, ghash_set_key_func)
DECLARE_FAT_FUNC_VAR(ghash_set_key, ghash_set_key_func, c)
DECLARE_FAT_FUNC_VAR(ghash_set_key, ghash_set_key_func, pclmul)
DECLARE_FAT_FUNC(_nettle_ghash_update, ghash_update_func)
DECLARE_FAT_FUNC_VAR(ghash_update, ghash_update_func, c)
DECLARE_FAT_FUNC_VAR(ghash_update, ghash_update_func, pclmul)

/* What x86-ghash-pclmul.c is compiled for. That the system saves SSE registers
   is taken for granted: none that has Nettle on such a processor does not. */
static int
have_pclmul (void)
{
  unsigned a, b, c, d;
  return __get_cpuid (1, &a, &b, &c, &d)
    && (c & bit_PCLMUL) && (c & bit_SSSE3) && (d & bit_SSE2);
}

static void CONSTRUCTOR
fat_init (void)
{
  int pclmul = have_pclmul ();

  /* Both or none: the key's form is the one's own. Written by each thread that
     comes here, always with the same values. */
  _nettle_ghash_set_key_vec
    = pclmul ? _nettle_ghash_set_key_pclmul : _nettle_ghash_set_key_c;
  _nettle_ghash_update_vec
    = pclmul ? _nettle_ghash_update_pclmul : _nettle_ghash_update_c;
}

DEFINE_FAT_FUNC(_nettle_ghash_set_key, void,
		(struct gcm_key *ctx, const union nettle_block16 *key),
		(ctx, key))
DEFINE_FAT_FUNC(_nettle_ghash_update, const uint8_t *,
		(const struct gcm_key *ctx, union nettle_block16 *state,
		 size_t blocks, const uint8_t *data),
		(ctx, state, blocks, data))
