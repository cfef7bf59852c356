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

# Every prototype, layout and constant of ours against the toolkit's own header.
.PHONY: header-test
header-test: $(GENERATED)/test/header_test.c
	@test -f "$(PENSTOCK_CUDA_INCLUDE)/cuda.h" || { echo "PENSTOCK_CUDA_INCLUDE names no folder with cuda.h"; exit 1; }
	$(CC) -std=c11 -Wall -Wextra -Werror -fsyntax-only -isystem $(PENSTOCK_CUDA_INCLUDE) -iquote $(GENERATED) $<
