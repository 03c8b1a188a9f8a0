#include "silence_json.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/goquote.h"
#include "codec/jr.h"
#include "codec/re.h"
#include "codec/rfc3339.h"
#include "json_in.h"

#define MATCHERS_MAX 10000

enum { ID, COMMENT, CREATED_BY, ENDS_AT, MATCHERS, STARTS_AT, ANNOTATIONS };
static const char *const fields[] = {"id",       "comment",  "createdBy",   "endsAt",
                                     "matchers", "startsAt", "annotations", NULL};

enum { NAME, VALUE, IS_REGEX, IS_EQUAL };
static const char *const matcher_fields[] = {"name", "value", "isRegex", "isEqual", NULL};

/* What was there, and the lists while they grow. */
struct reading {
    struct postable_silence *out;
    struct json_map annotations;
    bool comment, created_by, ends_at, starts_at, matchers;
    size_t null_matcher; /* 1 + the index of the first one that is null */
};

static bool read_required_string(struct jr *r, struct sv *s, bool *present)
{
    *present = jr_peek(r) != JR_NULL;
    return json_string(r, s);
}

static bool read_matcher(struct jr *r, struct postable_matcher *m)
{
    *m = (struct postable_matcher){.is_equal = true};
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "models.Matcher");
    if (!jr_object(r))
        return false;
    struct sv key;
    bool ok = true, present;
    while (ok && jr_key(r, &key)) {
        switch (json_field(key, matcher_fields)) {
        case NAME:
            ok = read_required_string(r, &m->name, &m->has_name);
            break;
        case VALUE:
            ok = read_required_string(r, &m->value, &m->has_value);
            break;
        case IS_REGEX:
            ok = json_bool(r, &m->is_regex, &m->has_is_regex);
            break;
        case IS_EQUAL:
            ok = json_bool(r, &m->is_equal, &present);
            m->is_equal = m->is_equal || !present;
            break;
        default:
            ok = jr_skip(r);
        }
    }
    return ok && !r->failed;
}

static bool grow(struct jr *r, struct postable_silence *out, size_t *cap)
{
    const size_t more = *cap == 0 ? 8 : *cap * 2;
    struct postable_matcher *v =
        more <= (size_t)2 * MATCHERS_MAX ? arena_alloc(r->mem, more * sizeof *v) : NULL;
    if (v == NULL)
        return json_too_large(r);
    if (out->n_matchers != 0)
        memcpy(v, out->matchers, out->n_matchers * sizeof *v);
    out->matchers = v;
    *cap = more;
    return true;
}

static bool read_matchers(struct jr *r, struct reading *in)
{
    struct postable_silence *out = in->out;
    out->n_matchers = 0;
    in->null_matcher = 0;
    in->matchers = jr_peek(r) != JR_NULL;
    if (!in->matchers)
        return jr_null(r);
    if (jr_peek(r) != JR_ARRAY)
        return json_wrong_type(r, "models.Matchers");
    if (!jr_array(r))
        return false;
    size_t cap = 0;
    while (jr_next(r)) {
        if (out->n_matchers == cap && !grow(r, out, &cap))
            return false;
        struct postable_matcher *m = &out->matchers[out->n_matchers++];
        *m = (struct postable_matcher){0};
        const bool is_null = jr_peek(r) == JR_NULL;
        if (is_null && in->null_matcher == 0)
            in->null_matcher = out->n_matchers;
        if (is_null ? !jr_null(r) : !read_matcher(r, m))
            return false;
    }
    return !r->failed;
}

static bool read_stamp(struct jr *r, struct stamp *t, bool *present)
{
    if (jr_peek(r) == JR_NULL)
        *present = false;
    return json_stamp(r, t, present);
}

static bool read_field(struct jr *r, int field, struct reading *in)
{
    struct postable_silence *out = in->out;
    switch (field) {
    case ID:
        return json_string(r, &out->id);
    case COMMENT:
        return read_required_string(r, &out->comment, &in->comment);
    case CREATED_BY:
        return read_required_string(r, &out->created_by, &in->created_by);
    case ENDS_AT:
        return read_stamp(r, &out->ends_at, &in->ends_at);
    case MATCHERS:
        return read_matchers(r, in);
    case STARTS_AT:
        return read_stamp(r, &out->starts_at, &in->starts_at);
    case ANNOTATIONS:
        return json_map(r, &in->annotations);
    default:
        return jr_skip(r);
    }
}

static bool read_document(struct jr *r, struct reading *in)
{
    if (jr_peek(r) == JR_NULL)
        return jr_null(r);
    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "models.PostableSilence");
    struct sv key;
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!read_field(r, json_field(key, fields), in))
            return false;
    return !r->failed;
}

static void check_matchers(const struct reading *in, struct body_fault *fault)
{
    if (in->out->n_matchers == 0)
        body_fault_field(fault, FAULT_TOO_FEW, "matchers", "should have at least 1 items");
    for (size_t i = 0; i < in->out->n_matchers && fault->code == FAULT_NONE; i++) {
        const struct postable_matcher *m = &in->out->matchers[i];
        const char *missing = i + 1 == in->null_matcher ? ""
                              : !m->has_is_regex        ? ".isRegex"
                              : !m->has_name            ? ".name"
                              : !m->has_value           ? ".value"
                                                        : NULL;
        char field[64];
        if (missing == NULL)
            continue;
        (void)snprintf(field, sizeof field, "matchers.%zu%s", i, missing);
        body_fault_field(fault, FAULT_REQUIRED, field, "is required");
    }
}

static void require(bool present, const char *field, struct body_fault *fault)
{
    if (!present)
        body_fault_field(fault, FAULT_REQUIRED, field, "is required");
}

static bool read_body(struct sv body, struct arena *mem, struct reading *in, struct body_fault *fault)
{
    *in->out = (struct postable_silence){.starts_at = STAMP_UNSET, .ends_at = STAMP_UNSET};
    if (json_is_blank(body)) {
        body_fault_field(fault, FAULT_REQUIRED, "silence", "is required");
        return false;
    }
    struct jr r;
    jr_init(&r, body, mem);
    return read_document(&r, in) || body_fault_parse(fault, "silence", &r.err);
}

bool silence_read_matchers(struct sv body, struct arena *mem, struct postable_silence *out,
                           struct body_fault *fault)
{
    struct reading in = {.out = out};
    if (!read_body(body, mem, &in, fault))
        return false;
    require(in.matchers, "matchers", fault);
    if (fault->code == FAULT_NONE)
        check_matchers(&in, fault);
    return fault->code == FAULT_NONE;
}

bool silence_read_json(struct sv body, struct arena *mem, struct postable_silence *out,
                       struct body_fault *fault)
{
    struct reading in = {.out = out};
    if (!read_body(body, mem, &in, fault))
        return false;
    out->annotations = in.annotations.v;
    out->n_annotations = in.annotations.n;
    require(in.comment, "comment", fault);
    require(in.created_by, "createdBy", fault);
    require(in.ends_at, "endsAt", fault);
    require(in.matchers, "matchers", fault);
    if (fault->code == FAULT_NONE)
        check_matchers(&in, fault);
    require(in.starts_at, "startsAt", fault);
    return fault->code == FAULT_NONE;
}

static enum match_op op_of(const struct postable_matcher *m)
{
    if (m->is_regex)
        return m->is_equal ? MATCH_RE : MATCH_NRE;
    return m->is_equal ? MATCH_EQ : MATCH_NE;
}

static bool compile_matcher(const struct postable_matcher *in, size_t index, enum matcher_mode mode,
                            struct matchers *ms, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf quoted = {0};
    if (mode == MATCHER_CLASSIC ? !label_name_classic(in->name) : !label_name_utf8(in->name)) {
        go_quote(&quoted, in->name);
        return err_set(err, ERR_INVALID,
                       "invalid silence: invalid label matcher %zu in set 0: invalid label name %s", index,
                       quoted.p);
    }
    struct matcher m;
    if (matcher_init(&m, op_of(in), in->name, in->value, err)) {
        matchers_push(ms, m);
        return true;
    }
    struct err plain;
    struct re *re = re_new(in->value, &plain); /* upstream's words are about the text without anchors */
    if (re == NULL)
        *err = plain;
    re_free(re);
    go_quote(&quoted, in->value);
    return err_wrap(err, "invalid silence: invalid label matcher %zu in set 0: invalid regular expression %s",
                    index, quoted.p);
}

bool silence_compile(const struct postable_silence *in, struct stamp now, enum matcher_mode mode,
                     struct matchers *matchers, struct err *err)
{
    return silence_times_valid(in->starts_at, in->ends_at, now, err) &&
           silence_compile_matchers(in, mode, matchers, err);
}

bool silence_compile_matchers(const struct postable_silence *in, enum matcher_mode mode,
                              struct matchers *matchers, struct err *err)
{
    *matchers = (struct matchers){0};
    for (size_t i = 0; i < in->n_matchers; i++) {
        if (compile_matcher(&in->matchers[i], i, mode, matchers, err))
            continue;
        matchers_done(matchers);
        return false;
    }
    return true;
}

static bool is_hex(struct sv s, const char *shape)
{
    if (s.n != strlen(shape))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (shape[i] == '-' ? s.p[i] != '-'
                            : strchr("0123456789abcdefABCDEF", s.p[i]) == NULL || s.p[i] == '\0')
            return false;
    return true;
}

bool silence_id_is_uuid(struct sv id)
{
    static const char dashed[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    static const char plain[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    const struct sv urn = SV("urn:uuid:");
    if (id.n > urn.n && sv_eq_nocase((struct sv){id.p, urn.n}, urn))
        return is_hex((struct sv){id.p + urn.n, id.n - urn.n}, dashed);
    if (id.n > 2 && id.p[0] == '{' && id.p[id.n - 1] == '}')
        id = (struct sv){id.p + 1, id.n - 2};
    return is_hex(id, dashed) || is_hex(id, plain);
}

static const char *state_name(enum silence_state state)
{
    static const char *const names[] = {
        [SILENCE_PENDING] = "pending", [SILENCE_ACTIVE] = "active", [SILENCE_EXPIRED] = "expired"};
    return names[state];
}

static void write_stamp(struct jw *w, struct sv key, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(stamp_utc(t), text);
    jw_kstr(w, key, (struct sv){text, n});
}

static void write_annotations(struct jw *w, const struct labels *annotations)
{
    if (annotations == NULL || annotations->n == 0)
        return;
    jw_key(w, SV("annotations"));
    jw_object(w);
    for (uint32_t i = 0; i < annotations->n; i++)
        jw_kstr(w, istr_sv(annotations->v[i].name), istr_sv(annotations->v[i].value));
    jw_end(w);
}

static void write_matchers(struct jw *w, const struct matchers *matchers)
{
    jw_key(w, SV("matchers"));
    jw_array(w);
    for (size_t i = 0; i < matchers->n; i++) {
        const struct matcher *m = &matchers->v[i];
        jw_object(w);
        jw_kbool(w, SV("isEqual"), m->op == MATCH_EQ || m->op == MATCH_RE);
        jw_kbool(w, SV("isRegex"), m->op == MATCH_RE || m->op == MATCH_NRE);
        jw_kstr(w, SV("name"), istr_sv(m->name));
        jw_kstr(w, SV("value"), istr_sv(m->value));
        jw_end(w);
    }
    jw_end(w);
}

void silence_write_json(struct jw *w, const struct silence *s, struct stamp now)
{
    jw_object(w);
    jw_kstr(w, SV("id"), sv_of(s->id));
    jw_key(w, SV("status"));
    jw_object(w);
    jw_kstr(w, SV("state"), sv_of(state_name(silence_state(s, now))));
    jw_end(w);
    write_stamp(w, SV("updatedAt"), s->updated_at);
    write_annotations(w, s->annotations);
    jw_kstr(w, SV("comment"), istr_sv(s->comment));
    jw_kstr(w, SV("createdBy"), istr_sv(s->created_by));
    write_stamp(w, SV("endsAt"), s->ends_at);
    write_matchers(w, &s->matchers);
    write_stamp(w, SV("startsAt"), s->starts_at);
    jw_end(w);
}
