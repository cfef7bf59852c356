# Unit tests: cmocka over the shim's own objects. SANITIZE variants build into folders of their own.
SPEC       ?= ../../protocol/spec
TESTS      := program_test graph_test facts_test channel_test image_test settings_test export_test memory_test nvml_test mapped_test
FAKES      := fake_agent fake_folder fake_graph fake_kernel fake_mapped
TEST_FLAGS := $(filter-out -fvisibility=hidden,$(CFLAGS)) -iquote test -DSPEC='"$(abspath $(SPEC))"'

$(OUT)/test/%: test/%.c test/program.h $(FAKES:%=$(OUT)/test/%.o) $(CUDA_OBJECTS) $(OUT)/objects/nvml_source.o
	@mkdir -p $(@D)
	@$(CC) $(TEST_FLAGS) -o $@ $(filter-out %.h,$^) -rdynamic -lcmocka -ldl

$(OUT)/test/nvml_test: test/nvml_test.c $(NVML_OBJECTS)
	@mkdir -p $(@D)
	@$(CC) $(TEST_FLAGS) -o $@ $^ -lcmocka

$(FAKES:%=$(OUT)/test/%.o): $(OUT)/test/%.o: test/%.c test/fake_agent.h test/fake_folder.h
	@mkdir -p $(@D)
	@$(CC) $(TEST_FLAGS) -c -o $@ $<

.PHONY: exports
exports: all
	@$(NM) -D --defined-only $(OUT)/lib/libcuda.so.1 | awk '{print $$3}' | LC_ALL=C sort | \
	    diff - <(grep -v '^#' $(SPEC)/exports/libcuda.symbols | LC_ALL=C sort) && \
	$(NM) -D --defined-only $(OUT)/lib/libnvidia-ml.so.1 | awk '{print $$3}' | LC_ALL=C sort | \
	    diff - <(grep -v '^#' $(SPEC)/exports/libnvidia-ml.symbols | LC_ALL=C sort) && \
	echo "exports: both libraries export exactly their lists"

# The folder for temporary files must be empty afterwards, or rmdir fails.
.PHONY: run-tests
run-tests: $(TESTS:%=$(OUT)/test/%)
	@folder=$$(mktemp -d) && export TMPDIR=$$folder && for each in $^; do $$each || { rm -rf $$folder; exit 1; }; done && rmdir $$folder

# dlopen finds what linking hides: undefined symbols, thread-local storage that does not fit any more
.PHONY: load
load: all $(OUT)/test/load_test
	@$(OUT)/test/load_test $(OUT)/lib/libcuda.so.1 $(OUT)/lib/libnvidia-ml.so.1 && echo "load: both libraries open late and answer"

$(OUT)/test/load_test: test/load_test.c
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $< -ldl

test: exports load run-tests

sanitize:
	$(MAKE) run-tests OUT=$(OUT)/sanitize SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all" OPTIMISE="-O1 -g"

# The fake agent's notes are read by tests without a lock once the program has synchronised; the shim's own code has no excuse.
tsan:
	TSAN_OPTIONS="suppressions=$(CURDIR)/test/tsan.supp report_thread_leaks=0" $(MAKE) run-tests OUT=$(OUT)/tsan SANITIZE="-fsanitize=thread -Wno-tsan" OPTIMISE="-O1 -g"
