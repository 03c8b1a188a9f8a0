/* Parses the input as a template and executes it on a small data set; its first byte chooses text or HTML
 * mode, and for text the set of functions. The limits are low: what is looked for are crashes, overruns and
 * endless loops, not large outputs. In HTML mode data must stay data: there is a marker in it that would be a
 * tag. */
#include "codec/tmpl.h"

#include "support/tmpl_data.h"

static const char data_text[] =
    "{\"receiver\":\"r\",\"status\":\"firing\",\"groupLabels\":{\"alertname\":\"A\"},\"routeLabels\":{"
    "\"team\":\"{{ "
    "routeLabels \\\"team\\\" }}\"},\"commonLabels\":{\"alertname\":\"A\",\"job\":\"</script><x-marker>\"},"
    "\"externalURL\":\"http://"
    "x\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":\"A\",\"severity\":\"info\"},"
    "\"annotations\":{\"summary\":\"<x-marker>\"},\"startsAt\":\"2024-01-02T03:04:05.123+08:00\"}]}";

static const char library[] =
    "{{ define \"lib\" }}[{{ . }}]{{ end }}{{ define \"pair\" }}{{ .Name }}={{ .Value }}{{ end }}";

static bool contains(struct sv s, const char *part)
{
    return s.n != 0 && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* Data that is not marked as HTML must never become a tag. */
static void check_escaped(struct sv text, struct sv out)
{
    if (!contains(text, "safeHtml") && !contains(text, "x-marker") && contains(out, "<x-marker"))
        abort();
}

static void run(const struct tmpl_set *set, bool html, struct sv text, struct arena *mem)
{
    static const struct tmpl_limits limits = {
        .output_bytes = 1 << 16, .steps = 20000, .depth = 100, .expand_route_labels = true};
    const struct now now = {.wall = {.sec = 1704200000}};
    json_t *root = json_loads(data_text, 0, NULL);
    const struct tval data = test_data_from_json(mem, root);
    struct err err;
    struct sv out;

    json_decref(root);
    if (!html)
        (void)!tmpl_text(set, text, data, now, &limits, mem, &out, &err);
    else if (tmpl_html(set, text, data, now, &limits, mem, &out, &err))
        check_escaped(text, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const bool html = n != 0 && bytes[0] % 2 != 0;
    const enum tmpl_functions functions =
        n != 0 && !html ? (enum tmpl_functions)(bytes[0] / 2 % 3) : TMPL_ALERTMANAGER;
    struct tmpl_set *set = tmpl_set_new_with(functions);
    struct arena mem;
    struct err err;

    arena_init(&mem, (size_t)8 << 20);
    if (n != 0 && tmpl_set_add(set, "l.tmpl", sv_of(library), &err))
        run(set, html, (struct sv){(const char *)bytes + 1, n - 1}, &mem);
    tmpl_set_free(set);
    arena_done(&mem);
    return 0;
}
