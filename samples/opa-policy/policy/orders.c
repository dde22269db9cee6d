// A policy by hand, of the interface that `opa build -t wasm` compiles policies to (version 1.2): an example that needs no
// compiler of Rego. It says what orders.rego says. Where there is `opa`, that takes its place:
//
//     opa build -t wasm -e orders/allow orders.rego && tar xzf bundle.tar.gz /policy.wasm && mv policy.wasm orders.wasm
//
// Made with: clang -O2 --target=wasm32 -nostdlib -Wl,--no-entry -Wl,--strip-all -o orders.wasm orders.c
#define EXPORT(name) __attribute__((export_name(#name)))
typedef unsigned int address;

// Memory is taken from where the heap ends; the host puts the end back before each evaluation.
extern unsigned char __heap_base;
static address heap_end;

EXPORT(opa_heap_ptr_get) address opa_heap_ptr_get(void) { return heap_end ? heap_end : (address)&__heap_base; }

EXPORT(opa_heap_ptr_set) void opa_heap_ptr_set(address end) { heap_end = end; }

EXPORT(opa_malloc) address opa_malloc(address length) {
    address start = (opa_heap_ptr_get() + 7) & ~7u, end = start + length, have = __builtin_wasm_memory_size(0) << 16;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == (address)-1) __builtin_trap();
    heap_end = end;
    return start;
}

// A document is its text. The end of the value that begins at a place; 0 when it is none.
static const char *skip_space(const char *at) {
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') at++;
    return at;
}

static const char *skip_string(const char *at) {
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
        if (!*at) return 0;
    }
    return at + 1;
}

static const char *skip_value(const char *at, int depth) {
    at = skip_space(at);
    if (*at == '"') return skip_string(at);
    if (*at != '{' && *at != '[') {
        const char *start = at;
        while (*at && *at != ',' && *at != '}' && *at != ']' && *at > ' ') at++;
        return at == start ? 0 : at;
    }
    char end = *at == '{' ? '}' : ']', is_object = *at == '{';
    if (depth > 100) return 0;
    for (at = skip_space(at + 1); *at != end; at = skip_space(at)) {
        if (*at == ',') at = skip_space(at + 1);
        if (is_object) {
            if (*at != '"' || !(at = skip_string(at))) return 0;
            at = skip_space(at);
            if (*at++ != ':') return 0;
        }
        if (!(at = skip_value(at, depth + 1))) return 0;
    }
    return at + 1;
}

// Whether two strings with their quotes are the same. Escapes are not resolved: other ways to write a name do not match.
static int same(const char *left, const char *right) {
    if (!left || !right || *left != '"' || *right != '"') return 0;
    const char *end = skip_string(left);
    while (left < end && *left == *right) left++, right++;
    return left == end;
}

// The value of a key of an object; 0 when there is none, or when it is no object.
static const char *find(const char *object, const char *key) {
    const char *found = 0, *at;
    if (!object || *(at = skip_space(object)) != '{') return 0;
    for (at = skip_space(at + 1); *at != '}'; at = skip_space(at)) {
        if (*at == ',') at = skip_space(at + 1);
        const char *name = at;
        at = skip_space(skip_space(skip_string(at)) + 1);
        if (same(name, key)) found = at;
        at = skip_value(at, 0);
    }
    return found;
}

// Who is known may read; clerks may add orders, and admins do anything.
static int allow(const char *input, const char *data) {
    const char *user = find(input, "\"user\""), *method = find(input, "\"method\"");
    const char *role = user && *user == '"' ? find(find(data, "\"roles\""), user) : 0;
    return (same(method, "\"GET\"") && user && *user == '"') || (same(method, "\"POST\"") && same(role, "\"clerk\"")) || same(role, "\"admin\"");
}

// A copy with a zero at its end, if it is JSON.
EXPORT(opa_json_parse) address opa_json_parse(const char *text, address length) {
    char *copy = (char *)opa_malloc(length + 1);
    for (address i = 0; i < length; i++) copy[i] = text[i];
    copy[length] = 0;
    const char *end = skip_value(copy, 0);
    return end && !*skip_space(end) ? (address)copy : 0;
}

EXPORT(opa_json_dump) address opa_json_dump(address document) { return document; }

EXPORT(entrypoints) const char *entrypoints(void) { return "{\"orders/allow\":0}"; }

EXPORT(builtins) const char *builtins(void) { return "{}"; }

EXPORT(opa_eval) const char *opa_eval(int reserved, int entrypoint, const char *data, const char *input, address length, address end, int format) {
    opa_heap_ptr_set(end);
    const char *document = length ? (const char *)opa_json_parse(input, length) : 0;
    return allow(document, data) ? "[{\"result\":true}]" : "[{\"result\":false}]";
}

// The first version of the interface, in steps.
static address context[2];
static int answer;
EXPORT(opa_eval_ctx_new) address *opa_eval_ctx_new(void) { return context; }
EXPORT(opa_eval_ctx_set_input) void opa_eval_ctx_set_input(address *run, address input) { run[0] = input; }
EXPORT(opa_eval_ctx_set_data) void opa_eval_ctx_set_data(address *run, address data) { run[1] = data; }
EXPORT(eval) int eval(address *run) { return answer = allow((const char *)run[0], (const char *)run[1]), 0; }
EXPORT(opa_eval_ctx_get_result) const char *opa_eval_ctx_get_result(address *run) { return answer ? "[{\"result\":true}]" : "[{\"result\":false}]"; }
