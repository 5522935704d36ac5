# The usual jobs, a word each; CMake and CMakePresets.json do the work.
#   PRESET  release (the default), debug, asan, tsan, clang, clang-tsan or noffi
#   PREFIX, DESTDIR  where to install
#   DEPS    DEPS=true leaves the packages alone

PRESET ?= release
PREFIX ?= /usr/local
DESTDIR ?=
DEPS ?= scripts/deps
BUILD = build/$(PRESET)

# For a folder that is not configured: what a configuration that failed has left says what was missing then.
fresh = $(if $(wildcard build/$(1)/build.ninja),,--fresh)

all: configure
	@cmake --build --preset $(PRESET)

configure:
	@$(DEPS) $(if $(findstring clang,$(PRESET)),ci,test)
	@cmake --preset $(PRESET) $(call fresh,$(PRESET))

# The library alone, for which less is needed.
lib:
	@$(DEPS) lib
	@$(if $(call fresh,lib),cmake --preset lib --fresh)
	@cmake --build --preset lib

demo: configure
	@cmake --build --preset $(PRESET) --target examples
	@examples/prices/demo $(BUILD)/examples

test: all
	@ctest --preset $(PRESET)

# The stress tests, a hundred times as long: hours.
soak: all
	@ctest --preset soak

# QUICK=1 for a first look; NAME=2core-vm to keep the results, in perf/results/2core-vm. A peer that cannot be
# installed is left out.
bench:
	@$(DEPS) bench || $(DEPS) test
	@cmake --preset release $(call fresh,release)
	@cmake --build --preset release --target bench
	@perf/run build/release $(if $(NAME),perf/results/$(NAME),build/perf) $(if $(QUICK),quick)

install: lib
	@DESTDIR="$(DESTDIR)" cmake --install build/lib --prefix "$(PREFIX)"
	@rm -f build/lib/install_manifest.txt # it may be root's now
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then PATH="$$PATH:/usr/sbin:/sbin" ldconfig; fi

format:
	@$(DEPS) ci
	@scripts/check-format --fix

clean:
	rm -rf build perf/report

.PHONY: all configure lib demo test soak bench install format clean
