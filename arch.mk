# One architecture: ARCH = native | x86_64 | i386. Called by Makefile, never by hand.
#
# native builds the portable rooms (all of libs/ but libs/ssp) under sanitizers, for the unit tests and
# fuzz targets: the code that ships is what the sanitizers see.
# CCACHE: empty, or a program in front of the compiler, from the environment (./check).

HOST_x86_64 = x86_64-w64-mingw32
HOST_i386   = i686-w64-mingw32
OUT_x86_64  = out/x64
OUT_i386    = out/x32
HOST = $(HOST_$(ARCH))
OUT  = $(OUT_$(ARCH))
B    = build/$(ARCH)

WARN = -Wall -Wextra -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Werror
COMMON = -std=gnu11 -O2 -g -Ilibs -MMD -MP -ffile-prefix-map=$(CURDIR)=. $(WARN) -DOPENSSPI_VERSION='"$(PACKAGE_VERSION)"'
comma := ,
ifeq ($(ARCH),native)
CC      = $(CCACHE) $(NATIVE_CC)
AR      = ar
ROOMS   = base ntlm spnego credssp tls
# Tests only, so looked up here and not by configure: the build of the DLLs needs no native library.
NATIVE_NEEDS = gnutls nettle hogweed
ifneq ($(shell $(PKG_CONFIG) --exists $(NATIVE_NEEDS) && echo yes),yes)
$(error the native tests need the libraries $(NATIVE_NEEDS): run setup/packages.sh check)
endif
NATIVE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(NATIVE_NEEDS))
CFLAGS  = $(COMMON) $(NATIVE_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
EXTERN := $(shell $(PKG_CONFIG) --libs $(NATIVE_NEEDS))
EXE     =
else
CC      = $(CCACHE) $(HOST)-gcc-win32
AR      = $(HOST)-ar
WINDRES = $(HOST)-windres
ROOMS   = base ntlm spnego credssp tls ssp
P       = $(DEPS)/$(HOST)
# Windows 7 interfaces and later; KSECDDDECLSPEC: we define what sspi.h declares as imported.
CFLAGS  = $(COMMON) -I$(P)/include -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 -DUNICODE -D_UNICODE -DKSECDDDECLSPEC= \
          -DSECURITY_WIN32 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections
# 32-bit programs call with a 4-byte aligned stack (BUILDING.md 9).
ifeq ($(ARCH),i386)
CFLAGS += -mstackrealign -msse2
endif
LDFLAGS = -static-libgcc -Wl,--gc-sections -Wl,--file-alignment=4096 -Wl,--no-insert-timestamp -Wl,--dynamicbase -Wl,--nxcompat -L$(P)/lib
ifeq ($(ARCH),x86_64)
LDFLAGS += -Wl,--high-entropy-va
endif
TLSLIBS = -lgnutls -lhogweed -lnettle -lgmp -lws2_32 -ladvapi32
EXTERN  = $(TLSLIBS)
EXE     = .exe
endif

# The arrows of docs/guide.md: what each DLL is made of, lowest last.
DLLS = secur32 sspicli msv1_0 schannel credssp
LIBS_secur32  = ssp spnego base
LIBS_sspicli  =
LIBS_msv1_0   = ssp ntlm base
LIBS_schannel = ssp tls base
LIBS_credssp  = ssp credssp base
EXT_secur32   = -ladvapi32
EXT_msv1_0    = -lnettle -ladvapi32
EXT_schannel  = $(TLSLIBS) -lcrypt32 -lncrypt
EXT_credssp   = -lnettle -ladvapi32 -lcrypt32 -lole32
PROGRAMS = nlacheck nlaserver opensspi-passwd opensspi-credential opensspi-cert
LIBS_nlacheck        =
EXT_nlacheck         = -lws2_32 -lsecur32 -lcrypt32 -ladvapi32
LIBS_nlaserver       =
EXT_nlaserver        = -lws2_32 -lsecur32 -lcrypt32 -ladvapi32
LIBS_opensspi-passwd = ssp ntlm base
EXT_opensspi-passwd  = -lnettle -ladvapi32
LIBS_opensspi-credential = ssp base
EXT_opensspi-credential  = -ladvapi32
LIBS_opensspi-cert       = ssp tls base
EXT_opensspi-cert        = $(TLSLIBS) -lcrypt32

src  = $(sort $(wildcard $(1)/*.c))
objs = $(patsubst %.c,$(B)/%.o,$(call src,$(1)))
roomlibs = $(1:%=$(B)/lib%.a)

# What the stack protector needs at run time; libssp, after it, has the rest (dlls/guard.c).
GUARD = $(B)/dlls/guard.o

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all unit run-unit win interop fuzz

all: $(DLLS:%=$(OUT)/%.dll) $(PROGRAMS:%=$(OUT)/%.exe) $(OUT)/revisions.txt

# Which revisions of GMP, Nettle and GnuTLS are in these files, for those who pass them on (COPYING).
$(OUT)/revisions.txt: $(P)/revisions
	@mkdir -p $(@D)
	@cp $< $@

# Explicit conversions in the portable rooms: lengths come from peers there.
$(B)/libs/%.o: CFLAGS += -Wconversion
# Windows' headers give NTSTATUS codes as unsigned constants for a signed type.
$(B)/libs/ssp/%.o: CFLAGS += -Wno-sign-conversion

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $(ARCH) $<"
	@$(CC) $(CFLAGS) -c $< -o $@

define room
$(B)/lib$(1).a: $(call objs,libs/$(1))
	@rm -f $$@
	@$(AR) rcsD $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

# "0.1.0" is 0,1,0,0 in a version resource.
VERSION_NUMBERS = $(subst .,$(comma),$(PACKAGE_VERSION)),0
# DLLs: stripped in out/, with symbols beside the objects.
define dll
$(B)/dlls/$(1)/version.o: dlls/version.rc arch.mk
	@mkdir -p $$(@D)
	@$(WINDRES) -I dlls -D DLL_NAME='\"$(1).dll\"' -D DLL_ROOM='\"$(1)\"' -D VERSION_TEXT='\"$(PACKAGE_VERSION)\"' -D VERSION_NUMBERS=$(VERSION_NUMBERS) $$< $$@
$(B)/$(1).dll: $(call objs,dlls/$(1)) $(B)/dlls/$(1)/version.o dlls/$(1)/$(1).def $(call roomlibs,$(LIBS_$(1))) $(GUARD)
	@echo "  LD $(ARCH) $(1).dll"
	@$(CC) -shared -o $$@ $$(filter %.o,$$^) dlls/$(1)/$(1).def $$(filter %.a,$$^) $(LDFLAGS) \
		-Wl,--enable-stdcall-fixup -Wl,--kill-at $(EXT_$(1)) -l:libssp.a
$(OUT)/$(1).dll: $(B)/$(1).dll
	@mkdir -p $$(@D)
	@$(HOST)-strip --strip-all -o $$@ $$<
endef
$(foreach d,$(DLLS),$(eval $(call dll,$(d))))

# What programs share: tools/lib.
WITH_nlaserver = $(B)/tools/lib/self_signed.o
define program
$(B)/$(1).exe: $(call objs,tools/$(1)) $(WITH_$(1)) $(GUARD) $(call roomlibs,$(LIBS_$(1)))
	@echo "  LD $(ARCH) $(1).exe"
	@$(CC) -municode -o $$@ $$^ $(LDFLAGS) $(EXT_$(1)) -l:libssp.a
$(OUT)/$(1).exe: $(B)/$(1).exe
	@mkdir -p $$(@D)
	@$(HOST)-strip --strip-all -o $$@ $$<
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# Unit tests: every tests/unit/*.c is a program of its own over the portable rooms.
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%$(EXE),$(call src,tests/unit))
PORTABLE = credssp spnego ntlm tls base
$(B)/unit/%$(EXE): $(B)/tests/unit/%.o $(if $(EXE),$(GUARD)) $(call roomlibs,$(PORTABLE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) $(EXTERN) $(if $(EXE),-l:libssp.a)
unit: $(UNIT)
run-unit: unit
	@tests/run-unit $(UNIT)

# Fuzz targets: every tests/fuzz/*.c but the drivers, native, under sanitizers. FUZZ_RUNS: mutants per target.
FUZZ_RUNS ?= 60000
FUZZ = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(filter-out tests/fuzz/driver.c tests/fuzz/libfuzzer.c,$(call src,tests/fuzz)))
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(call roomlibs,$(PORTABLE))
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) $(EXTERN)
fuzz: $(FUZZ)
	@RUN_ARGS=$(FUZZ_RUNS) tests/run-unit $(FUZZ)

# Tests through the Windows API: one program per DLL's folder, with the Wine test framework.
WINDIRS = $(patsubst tests/win/%/,%,$(wildcard tests/win/*/))
# Of the versions that the set-up fetched, 8.0: mingw compiles its debug.h as it is, 10.0's not.
WINE_INCLUDE = $(lastword $(wildcard $(WINE_SOURCES)/include $(WINE_SOURCES)/*/include))
# Negotiate's own objects over packages of the test's, which no secur32.dll would load.
WITH_negotiate = $(filter $(B)/dlls/secur32/negotiate%,$(call objs,dlls/secur32)) $(call roomlibs,$(LIBS_secur32))
define wintest
$(B)/win/$(1)_test.exe: $(call objs,tests/win/$(1)) $(GUARD) $(WITH_$(1))
	@mkdir -p $$(@D)
	@echo "  LD $(ARCH) $(1)_test.exe"
	@$(CC) -o $$@ $$^ $(LDFLAGS) -lsecur32 -lcrypt32 -lncrypt -ladvapi32 -lws2_32 -lole32 -lntdll -l:libssp.a
endef
$(foreach d,$(WINDIRS),$(eval $(call wintest,$(d))))
# wine/test.h is a system header here, which is not warned about; these are of how tests of such an API read.
$(B)/tests/win/%.o: CFLAGS += -UUNICODE -U_UNICODE -idirafter $(WINE_INCLUDE) -Wno-missing-field-initializers \
	-Wno-sign-compare -Wno-sequence-point -Wno-format-nonliteral -Wno-unused-function
win: $(WINDIRS:%=$(B)/win/%_test.exe) $(B)/win/sample_lsa.dll $(B)/win/sample_sspi.dll

# Packages that tests add: an LSA-mode one and an SSPI provider.
$(B)/win/sample_%.dll: $(B)/tests/samples/%.o tests/samples/%.def
	@mkdir -p $(@D)
	@echo "  LD $(ARCH) $(@F)"
	@$(CC) -shared -fno-stack-protector -o $@ $^ $(LDFLAGS) -Wl,--enable-stdcall-fixup -Wl,--kill-at
$(B)/tests/samples/%.o: CFLAGS += -fno-stack-protector -U_FORTIFY_SOURCE

# Peers of the interop tests: one program per file of tests/interop/pe over the shared pe/lib.
INTEROP = $(patsubst tests/interop/pe/%.c,$(B)/interop/%.exe,$(call src,tests/interop/pe))
$(B)/interop/%.exe: $(B)/tests/interop/pe/%.o $(call objs,tests/interop/pe/lib) $(B)/tools/lib/self_signed.o $(GUARD)
	@mkdir -p $(@D)
	@echo "  LD $(ARCH) $(@F)"
	@$(CC) -municode -o $@ $^ $(LDFLAGS) -lsecur32 -lcrypt32 -ladvapi32 -lws2_32 -lwinhttp -lwininet -lwldap32 -lrpcrt4 -l:libssp.a
interop: $(INTEROP)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
