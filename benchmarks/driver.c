/* Times one network in turn: by hand, as keronyx prints it, as others do, in onnxruntime's C API.
 *
 * -DINPUTS=33 -DOUTPUTS=1 -DROWS=256, -DPEERS='X(name, "title") ...' for others that have a
 * name_predict(x, y), and -DORT to time onnxruntime too:
 *     driver ROUNDS [libonnxruntime.so model.onnx]
 * Prints a line for each contender: its name, and the nanoseconds of one row, the least of all
 * rounds.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef ORT
#include <dlfcn.h>
#include <onnxruntime_c_api.h>
#endif

void hand_predict(const float *restrict x, float *restrict y);
int net_predict(const float *restrict x, float *restrict y);
int net_predict_batch(size_t rows, const float *restrict x, float *restrict y);

static float x[ROWS * INPUTS], y[ROWS * OUTPUTS], expected[ROWS * OUTPUTS];

static void by_hand(void)
{
    hand_predict(x, y);
}

static void printed(void)
{
    net_predict(x, y);
}

#define X(peer, title)                               \
    void peer##_predict(const float *x, float *y);   \
    static void peer##_row(void) { peer##_predict(x, y); }
PEERS
#undef X

static void hand_batch(void)
{
    for (int row = 0; row < ROWS; ++row) {
        hand_predict(x + row * INPUTS, y + row * OUTPUTS);
    }
}

static void printed_batch(void)
{
    net_predict_batch(ROWS, x, y);
}

#ifdef ORT
static const OrtApi *api;
static OrtSession *session;
static OrtValue *values[4];
static char *names[2];

static void must(OrtStatus *status)
{
    if (status != NULL) {
        fprintf(stderr, "%s\n", api->GetErrorMessage(status));
        exit(2);
    }
}

static void run(const OrtValue *const *given, OrtValue **made)
{
    const char *const input[] = {names[0]}, *const output[] = {names[1]};
    must(api->Run(session, NULL, input, given, 1, output, 1, made));
}

static void onnxruntime(void)
{
    run((const OrtValue *const *)&values[0], &values[1]);
}

static void onnxruntime_batch(void)
{
    run((const OrtValue *const *)&values[2], &values[3]);
}

static void tensor(float *data, int64_t rows, int64_t size, OrtValue **value)
{
    const int64_t shape[] = {rows, size};
    OrtMemoryInfo *memory;
    must(api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory));
    must(api->CreateTensorWithDataAsOrtValue(memory, data, (size_t)(rows * size) * sizeof(float),
                                             shape, 2, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, value));
    api->ReleaseMemoryInfo(memory);
}

static void open_session(const char *library, const char *model)
{
    void *const opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    const OrtApiBase *(*base)(void) = NULL;
    OrtEnv *env;
    OrtSessionOptions *options;
    OrtAllocator *allocator;
    if (opened == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    *(void **)&base = dlsym(opened, "OrtGetApiBase");
    api = base()->GetApi(ORT_API_VERSION);
    if (api == NULL) {
        fprintf(stderr, "the library is older than its headers\n");
        exit(2);
    }
    must(api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "benchmark", &env));
    must(api->CreateSessionOptions(&options));
    must(api->SetIntraOpNumThreads(options, 1));
    must(api->SetInterOpNumThreads(options, 1));
    must(api->CreateSession(env, model, options, &session));
    must(api->GetAllocatorWithDefaultOptions(&allocator));
    must(api->SessionGetInputName(session, 0, allocator, &names[0]));
    must(api->SessionGetOutputName(session, 0, allocator, &names[1]));
    tensor(x, 1, INPUTS, &values[0]);
    tensor(y, 1, OUTPUTS, &values[1]);
    tensor(x, ROWS, INPUTS, &values[2]);
    tensor(y, ROWS, OUTPUTS, &values[3]);
}
#endif

static const struct {
    const char *name;
    void (*call)(void);
    int rows;
} contenders[] = {
    {"C by hand", by_hand, 1},
    {"keronyx code", printed, 1},
#define X(peer, title) {title, peer##_row, 1},
    PEERS
#undef X
#ifdef ORT
    {"onnxruntime, C API", onnxruntime, 1},
#endif
    {"batch: C by hand", hand_batch, ROWS},
    {"batch: keronyx code", printed_batch, ROWS},
#ifdef ORT
    {"batch: onnxruntime, C API", onnxruntime_batch, ROWS},
#endif
};

enum { COUNT = sizeof contenders / sizeof contenders[0] };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double block(int contender, int calls)
{
    const double start = now();
    for (int call = 0; call < calls; ++call) {
        contenders[contender].call();
    }
    return (now() - start) / calls;
}

/* Stop where a contender answers otherwise than the one by hand. */
static void agree(int contender)
{
    const int count = contenders[contender].rows * OUTPUTS;
    for (int n = 0; n < count; ++n) {
        y[n] = -1;
    }
    contenders[contender].call();
    for (int n = 0; n < count; ++n) {
        if (!(fabsf(y[n] - expected[n]) <= 1e-4f + 1e-3f * fabsf(expected[n]))) {
            fprintf(stderr, "%s: %g, by hand %g\n", contenders[contender].name, y[n], expected[n]);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 100;
    double best[COUNT];
    int calls[COUNT];
    for (int n = 0; n < ROWS * INPUTS; ++n) {
        x[n] = (float)rand() / (float)RAND_MAX - 0.5f;
    }
    hand_batch();
    for (int n = 0; n < ROWS * OUTPUTS; ++n) {
        expected[n] = y[n];
    }
#ifdef ORT
    if (argc > 3) {
        open_session(argv[2], argv[3]);
    }
#endif
    for (int n = 0; n < COUNT; ++n) {
        agree(n);
        best[n] = block(n, 3);
        calls[n] = best[n] < 2e6 ? (int)(2e6 / best[n]) : 1;
    }
    for (int round = 0; round < rounds; ++round) {
        for (int n = 0; n < COUNT; ++n) {
            const double found = block(n, calls[n]);
            best[n] = found < best[n] ? found : best[n];
        }
    }
    for (int n = 0; n < COUNT; ++n) {
        printf("%s\t%.1f\n", contenders[n].name, best[n] / contenders[n].rows);
    }
    return 0;
}
