/* GET /api/tocsin/v1/me: who asks, as far as the server knows, and what they may do.
 *
 *   {"name": "alice", "rights": ["view", "send", "operate", "admin"], "silenceScope": ["team=\"a\""],
 *    "maxSilenceDuration": "4h", "maxMutedGroups": 10}
 * `name` is "" without authentication; the last three are there only when they limit something.
 */
#include "access.h"
#include "api.h"
#include "codec/jw.h"
#include "model/duration.h"
#include "reply.h"

static void write_rights(struct jw *w, unsigned rights)
{
    static const struct {
        enum access_right right;
        const char *name;
    } names[] = {
        {RIGHT_VIEW, "view"}, {RIGHT_SEND, "send"}, {RIGHT_OPERATE, "operate"}, {RIGHT_ADMIN, "admin"}};
    jw_key(w, SV("rights"));
    jw_array(w);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (rights & names[i].right)
            jw_str(w, sv_of(names[i].name));
    jw_end(w);
}

static void write_scope(struct jw *w, const struct matchers *scope)
{
    jw_key(w, SV("silenceScope"));
    jw_array(w);
    for (size_t i = 0; i < scope->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        matcher_print(&text, &scope->v[i]);
        jw_str(w, strbuf_sv(&text));
    }
    jw_end(w);
}

static void write_limits(struct jw *w, const struct access_user *u)
{
    if (u->silence_scope.n != 0)
        write_scope(w, &u->silence_scope);
    if (u->max_silence_duration > 0) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        duration_print(&text, u->max_silence_duration);
        jw_kstr(w, SV("maxSilenceDuration"), strbuf_sv(&text));
    }
    if (u->max_muted_groups >= 0)
        jw_kint(w, SV("maxMutedGroups"), u->max_muted_groups);
}

void api_own_me_get(struct exchange *x)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kstr(&w, SV("name"), sv_of(x->user_name));
    write_rights(&w, x->rights);
    if (x->user != NULL)
        write_limits(&w, x->user);
    jw_end(&w);
    reply_json(x, &out);
}
