#include "explain_page.h"

#include "codec/htmlesc.h"
#include "page.h"

static void add_title(struct strbuf *out, const struct labels *ls)
{
    const struct sv name = labels_get(ls, SV("alertname")), instance = labels_get(ls, SV("instance"));

    htmlesc_add(out, name.n != 0 ? name : SV("Alert"));
    if (instance.n != 0)
        strbuf_addc(out, ' ');
    htmlesc_add(out, instance);
}

static void add_labels(struct strbuf *out, const struct labels *ls)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    labels_print(&text, ls);
    strbuf_adds(out, "<p class=\"soft\"><code>");
    htmlesc_add(out, strbuf_sv(&text));
    strbuf_adds(out, "</code></p>\n");
}

static void add_error(struct strbuf *out, const struct explain_integration *i)
{
    strbuf_adds(out, "<br>failing since ");
    page_time(out, i->failing_since);
    strbuf_adds(out, ": ");
    htmlesc_add(out, sv_of(i->error));
}

static void add_integration(struct strbuf *out, const struct explain_integration *i)
{
    strbuf_adds(out, "<li><b>");
    htmlesc_add(out, sv_of(i->receiver->name));
    strbuf_addf(out, "</b> %s<br>told: %s", i->in->type->name, explain_told_text(i->told));
    if (i->has_last) {
        strbuf_adds(out, ", ");
        page_time(out, i->last_at);
    }
    if (i->has_next) {
        strbuf_adds(out, " · next: ");
        page_time(out, i->next_at);
        strbuf_addf(out, ", %s", notify_reason_text(i->next_reason));
    }
    if (i->failing)
        add_error(out, i);
    strbuf_adds(out, "</li>\n");
}

void explain_page(struct strbuf *out, const struct explanation *x)
{
    CLEANUP(strbuf_donep) struct strbuf title = {0}, summary = {0};

    add_title(&title, x->labels);
    explanation_sum_up(x, &summary);
    page_head(out, "en", title.p);
    strbuf_adds(out, "<p>");
    htmlesc_add(out, strbuf_sv(&summary));
    strbuf_adds(out, "</p>\n<ul>\n");
    for (size_t g = 0; g < x->n_groups; g++)
        for (size_t i = 0; i < x->groups[g].n_integrations; i++)
            add_integration(out, &x->groups[g].integrations[i]);
    strbuf_adds(out, "</ul>\n");
    add_labels(out, x->labels);
    page_foot(out);
}
