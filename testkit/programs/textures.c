/*
 * Texture and surface objects: an array of floats is sampled between its texels, doubled through a surface and read back,
 * and bytes in linear memory are read as fractions. Ends with 1 where a number differs from the one computed here.
 */
#include "driver.h"

#include <stdint.h>
#include <string.h>

typedef struct CUarray_st *CUarray;

enum { WIDTH = 8, HEIGHT = 4, TEXELS = WIDTH * HEIGHT };
enum { INVALID_VALUE = 1, FORMAT_UNSIGNED8 = 1, FORMAT_FLOAT = 32, SURFACE_ACCESS = 2, MEMORY_HOST = 1, MEMORY_ARRAY = 3 };
enum { RESOURCE_ARRAY = 0, RESOURCE_LINEAR = 2, MODE_CLAMP = 1, FILTER_LINEAR = 1 };

struct array_descriptor {
    size_t width, height, depth;
    int format;
    unsigned channels, flags;
};

struct side {
    size_t x, y;
    int type;
    void *host;
    CUdeviceptr device;
    CUarray array;
    size_t pitch;
};

struct copy_2d {
    struct side from, to;
    size_t width, height;
};

struct resource {
    int type;
    union {
        CUarray array;
        struct {
            CUdeviceptr address;
            int format;
            unsigned channels;
            size_t bytes;
        } linear;
        int reserved[32];
    } of;
    unsigned flags;
};

struct sampling {
    int modes[3], filter;
    unsigned flags, anisotropy;
    int mipmap_filter;
    float bias, least, most, border[4];
    int reserved[12];
};

static struct {
    CUresult (*array_create)(CUarray *array, const struct array_descriptor *descriptor);
    CUresult (*array_destroy)(CUarray array);
    CUresult (*copy_2d)(const struct copy_2d *copy);
    CUresult (*texture_create)(uint64_t *texture, const struct resource *of, const struct sampling *how, const void *view);
    CUresult (*texture_destroy)(uint64_t texture);
    CUresult (*texture_resource)(struct resource *of, uint64_t texture);
    CUresult (*texture_sampling)(struct sampling *how, uint64_t texture);
    CUresult (*surface_create)(uint64_t *surface, const struct resource *of);
    CUresult (*surface_destroy)(uint64_t surface);
    CUresult (*surface_resource)(struct resource *of, uint64_t surface);
} tx;

/* Each thread of a 2D block samples half a texel right of and below the middle of its own. */
static const char kernels[] =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    ".visible .entry sample(.param .u64 texture, .param .u64 out) {\n"
    "  .reg .b64 %d<4>; .reg .b32 %r<4>; .reg .f32 %f<6>;\n"
    "  ld.param.u64 %d0, [texture]; ld.param.u64 %d1, [out];\n"
    "  mov.u32 %r0, %tid.x; mov.u32 %r1, %tid.y; mov.u32 %r2, %ntid.x;\n"
    "  mad.lo.u32 %r3, %r1, %r2, %r0; mul.wide.u32 %d2, %r3, 4; add.u64 %d1, %d1, %d2;\n"
    "  add.u32 %r0, %r0, 1; add.u32 %r1, %r1, 1; cvt.rn.f32.u32 %f0, %r0; cvt.rn.f32.u32 %f1, %r1;\n"
    "  tex.2d.v4.f32.f32 {%f2, %f3, %f4, %f5}, [%d0, {%f0, %f1}];\n"
    "  st.global.f32 [%d1], %f2; ret;\n"
    "}\n"
    ".visible .entry twice(.param .u64 surface) {\n"
    "  .reg .b64 %d; .reg .b32 %r<2>; .reg .f32 %f;\n"
    "  ld.param.u64 %d, [surface]; mov.u32 %r0, %tid.x; shl.b32 %r0, %r0, 2; mov.u32 %r1, %tid.y;\n"
    "  suld.b.2d.b32.trap {%f}, [%d, {%r0, %r1}];\n"
    "  add.f32 %f, %f, %f;\n"
    "  sust.b.2d.b32.trap [%d, {%r0, %r1}], {%f}; ret;\n"
    "}\n"
    ".visible .entry fetch(.param .u64 texture, .param .u64 out) {\n"
    "  .reg .b64 %d<3>; .reg .b32 %r; .reg .f32 %f<4>;\n"
    "  ld.param.u64 %d0, [texture]; ld.param.u64 %d1, [out];\n"
    "  mov.u32 %r, %tid.x; mul.wide.u32 %d2, %r, 16; add.u64 %d1, %d1, %d2;\n"
    "  tex.1d.v4.f32.s32 {%f0, %f1, %f2, %f3}, [%d0, {%r}];\n"
    "  st.global.v4.f32 [%d1], {%f0, %f1, %f2, %f3}; ret;\n"
    "}\n";

static CUmodule module;
static int wrong;

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "WRONG: %s\n", what);
    wrong++;
}

static void load_texture_driver(void)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW);

    *(void **)&tx.array_create = symbol(library, "cuArray3DCreate_v2");
    *(void **)&tx.array_destroy = symbol(library, "cuArrayDestroy");
    *(void **)&tx.copy_2d = symbol(library, "cuMemcpy2D_v2");
    *(void **)&tx.texture_create = symbol(library, "cuTexObjectCreate");
    *(void **)&tx.texture_destroy = symbol(library, "cuTexObjectDestroy");
    *(void **)&tx.texture_resource = symbol(library, "cuTexObjectGetResourceDesc");
    *(void **)&tx.texture_sampling = symbol(library, "cuTexObjectGetTextureDesc");
    *(void **)&tx.surface_create = symbol(library, "cuSurfObjectCreate");
    *(void **)&tx.surface_destroy = symbol(library, "cuSurfObjectDestroy");
    *(void **)&tx.surface_resource = symbol(library, "cuSurfObjectGetResourceDesc");
}

static void launch(const char *name, unsigned x, unsigned y, uint64_t object, CUdeviceptr out)
{
    void *parameters[] = {&object, &out};
    CUfunction function;

    CHECK(cu.module_function(&function, module, name));
    CHECK(cu.launch(function, 1, 1, 1, x, y, 1, 0, NULL, parameters, NULL));
}

static void copy(CUarray array, float *texels, int up)
{
    struct side host = {.type = MEMORY_HOST, .host = texels, .pitch = WIDTH * sizeof *texels};
    struct side device = {.type = MEMORY_ARRAY, .array = array};
    struct copy_2d whole = {.from = up ? host : device, .to = up ? device : host,
                            .width = WIDTH * sizeof *texels, .height = HEIGHT};

    CHECK(tx.copy_2d(&whole));
}

/* Between four texels whose numbers grow evenly lies the number in the middle. */
static void try_array(CUdeviceptr out)
{
    struct array_descriptor descriptor = {WIDTH, HEIGHT, 0, FORMAT_FLOAT, 1, SURFACE_ACCESS};
    struct sampling how = {.modes = {MODE_CLAMP, MODE_CLAMP, MODE_CLAMP}, .filter = FILTER_LINEAR}, told_how;
    struct resource of = {.type = RESOURCE_ARRAY}, told;
    float texels[TEXELS], got[TEXELS];
    uint64_t texture, surface;
    CUarray array;
    int x, y;

    for (y = 0; y < HEIGHT; y++)
        for (x = 0; x < WIDTH; x++)
            texels[y * WIDTH + x] = (float)(x + 10 * y);
    CHECK(tx.array_create(&array, &descriptor));
    copy(array, texels, 1);
    of.of.array = array;
    CHECK(tx.texture_create(&texture, &of, &how, NULL));
    launch("sample", WIDTH - 1, HEIGHT - 1, texture, out);
    CHECK(cu.to_host(got, out, sizeof got));
    for (y = 0; y < HEIGHT - 1; y++)
        for (x = 0; x < WIDTH - 1; x++)
            expect(got[y * (WIDTH - 1) + x] == (float)(x + 10 * y) + 5.5f, "a sample between four texels");

    CHECK(tx.surface_create(&surface, &of));
    launch("twice", WIDTH, HEIGHT, surface, out);
    copy(array, got, 0);
    for (x = 0; x < TEXELS; x++)
        expect(got[x] == 2 * texels[x], "a texel that was doubled");

    CHECK(tx.texture_resource(&told, texture));
    expect(told.type == RESOURCE_ARRAY && told.of.array == array, "the array of the texture");
    CHECK(tx.surface_resource(&told, surface));
    expect(told.type == RESOURCE_ARRAY && told.of.array == array, "the array of the surface");
    CHECK(tx.texture_sampling(&told_how, texture));
    expect(told_how.filter == FILTER_LINEAR && told_how.modes[0] == MODE_CLAMP, "how the texture is sampled");
    CHECK(tx.surface_destroy(surface));
    CHECK(tx.texture_destroy(texture));
    CHECK(tx.array_destroy(array));
}

static void try_linear_memory(CUdeviceptr out)
{
    const unsigned char bytes[] = {0, 51, 102, 255, 255, 0, 204, 153};
    struct resource of = {.type = RESOURCE_LINEAR};
    struct sampling how = {.modes = {MODE_CLAMP}};
    CUdeviceptr memory;
    uint64_t texture;
    float got[8];
    int i;

    CHECK(cu.mem_alloc(&memory, 512));
    CHECK(cu.to_device(memory, bytes, sizeof bytes));
    of.of.linear.address = memory;
    of.of.linear.format = FORMAT_UNSIGNED8;
    of.of.linear.channels = 4;
    of.of.linear.bytes = sizeof bytes;
    CHECK(tx.texture_create(&texture, &of, &how, NULL));
    launch("fetch", 2, 1, texture, out);
    CHECK(cu.to_host(got, out, sizeof got));
    for (i = 0; i < 8; i++)
        expect(got[i] > (float)bytes[i] / 255 - 1e-6f && got[i] < (float)bytes[i] / 255 + 1e-6f, "a byte as a fraction");
    CHECK(tx.texture_destroy(texture));
    CHECK(cu.mem_free(memory));
}

static void try_errors(void)
{
    struct sampling how = {.modes = {MODE_CLAMP}};
    struct resource unknown = {.type = 7};
    uint64_t object;

    expect(tx.texture_create(&object, NULL, &how, NULL) == INVALID_VALUE, "no resource is INVALID_VALUE");
    expect(tx.texture_create(&object, &unknown, &how, NULL) == INVALID_VALUE, "an unknown resource is INVALID_VALUE");
    expect(tx.surface_create(&object, NULL) == INVALID_VALUE, "no surface's resource is INVALID_VALUE");
}

int main(void)
{
    CUcontext context;
    CUdevice device;
    CUdeviceptr out;

    load_driver();
    load_texture_driver();
    CHECK(cu.init(0));
    CHECK(cu.device_get(&device, 0));
    CHECK(cu.context_retain(&context, device));
    CHECK(cu.context_set(context));
    CHECK(cu.module_load(&module, kernels));
    CHECK(cu.mem_alloc(&out, TEXELS * sizeof(float)));
    try_array(out);
    try_linear_memory(out);
    try_errors();
    CHECK(cu.mem_free(out));
    if (wrong > 0)
        return 1;
    printf("textures and surfaces hold what was computed\n");
    return 0;
}
