# Generated stubs against protocol/spec/golden: the program is generated, the stubs and call.c are those of the library.
GOLDEN_STUBS := $(wildcard $(GENERATED)/stubs_*.c)
GOLDEN_OBJECTS := $(GOLDEN_STUBS:$(GENERATED)/%.c=$(OUT)/objects/generated/%.o) $(OUT)/objects/generated/call_names.o \
                  $(OUT)/objects/call.o

$(OUT)/test/golden: test/golden/golden.c $(GENERATED)/test/golden_test.c $(GOLDEN_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -iquote test/golden -o $@ $^

.PHONY: golden-test
golden-test: $(OUT)/test/golden
	$(OUT)/test/golden

test: golden-test

# With the toolkit's own header: every prototype and every layout of ours against NVIDIA's.
.PHONY: header-test
ifdef PENSTOCK_CUDA_INCLUDE
header-test: $(GENERATED)/test/header_test.c
	@mkdir -p $(OUT)/test
	$(CC) -std=c11 -Wall -Wextra -Werror -fsyntax-only -isystem $(PENSTOCK_CUDA_INCLUDE) -iquote $(GENERATED) $<
	@echo "header-test: prototypes and layouts are cuda.h's"
else
header-test:
	@echo "header-test: SKIPPED, PENSTOCK_CUDA_INCLUDE names no folder with cuda.h"
endif

test: header-test
