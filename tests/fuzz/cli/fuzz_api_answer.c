/* What a server answers, read and printed: it may be any server. */
#include <assert.h>
#include <stdint.h>

#include "cli/api.h"
#include "cli/template_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv json = {(const char *)data, size};
    struct template_data template;
    struct api_silences silences, again;
    struct api_alerts alerts;
    struct api_status status;
    struct strbuf out = {0};
    struct arena mem;
    struct err err;
    struct jw w;

    arena_init(&mem, 1 << 22);
    jw_init(&w, &out, true);
    if (api_read_alerts(json, &mem, &alerts, &err))
        for (size_t i = 0; i < alerts.n; i++)
            api_write_alert(&w, &alerts.v[i]);
    if (api_read_status(json, &mem, &status, &err))
        api_write_status(&w, &status);
    (void)!template_data_read(json, &mem, &template, &err);
    if (api_read_silences(json, &mem, &silences, &err)) {
        strbuf_reset(&out);
        jw_init(&w, &out, false);
        jw_array(&w);
        for (size_t i = 0; i < silences.n; i++)
            api_write_silence(&w, &silences.v[i]);
        jw_end(&w);
        assert(api_read_silences(strbuf_sv(&out), &mem, &again, &err) && again.n == silences.n);
    }
    strbuf_done(&out);
    arena_done(&mem);
    return 0;
}
