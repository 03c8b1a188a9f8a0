/* Any text as tests of a configuration: reading and running them never crashes, ends, and says something. */
#include <assert.h>
#include <stdint.h>

#include "cli/scenario.h"
#include "notify/receiver.h"

static const char config_text[] =
    "route: {receiver: base, group_by: [alertname], group_wait: 1m, group_interval: 1h, repeat_interval: 1d, "
    "routes: "
    "[{matchers: [team=db], receiver: db, mute_time_intervals: [night]}]}\n"
    "receivers: [{name: base, log_configs: [{}]}, {name: db, log_configs: [{send_resolved: false}]}]\n"
    "inhibit_rules: [{source_matchers: [s=crit], target_matchers: [s=warn], equal: [alertname]}]\n"
    "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '20:00', end_time: "
    "'24:00'}]}]}]\n";

static bool run_all(const struct scenario_file *f, struct scenario_report *r, struct err *err)
{
    const struct config_env env = {.receivers = receiver_schemas()};
    struct config *c = config_load(sv_of(config_text), "c.yml", &env, NULL, err);
    bool ok = true;
    assert(c != NULL);
    for (size_t i = 0; i < f->routes.n; i++)
        scenario_check_route(f->routes.v[i], c, r);
    for (size_t i = 0; ok && i < f->scenarios.n && i < 4; i++)
        ok = scenario_run(f->scenarios.v[i], c, r, err);
    config_unref(c);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config_env env = {0};
    struct scenario_file f = {0};
    struct strbuf out = {0}, errors = {0};
    struct scenario_report r = {.path = "t.yml", .verbose = true, .out = &out};
    struct err err = {0};
    struct arena mem;

    arena_init(&mem, (size_t)64 << 20);
    if (!document_decode((struct sv){(const char *)data, size}, "t.yml", &scenario_file_schema, &f, &env,
                         &mem, &errors, &err))
        assert(err.text[0] != '\0' && errors.n != 0);
    else if (!run_all(&f, &r, &err))
        assert(err.text[0] != '\0');
    else
        assert(r.passed + r.failed == 0 || out.n != 0);
    strbuf_done(&out);
    strbuf_done(&errors);
    arena_done(&mem);
    return 0;
}
