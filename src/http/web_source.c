#include "web_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tls.h"

static struct web_file look(const char *path)
{
    struct stat st;
    if (path == NULL || *path == '\0' || stat(path, &st) != 0)
        return (struct web_file){0};
    return (struct web_file){
        .there = true, .dev = st.st_dev, .ino = st.st_ino, .size = st.st_size, .changed = st.st_mtim};
}

static bool same(const struct web_file *a, const struct web_file *b)
{
    return a->there == b->there && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static const char *path_of(const struct web_source *s, size_t i)
{
    const struct web_tls *t = s->state != NULL ? s->state->config->tls : NULL;
    const char *const certificates[] = {t != NULL ? t->cert_file : NULL, t != NULL ? t->key_file : NULL,
                                        t != NULL ? t->client_ca_file : NULL};
    return i == 0 ? s->path : certificates[i - 1];
}

static bool changed(const struct web_source *s, bool connecting)
{
    for (size_t i = 0; i < (connecting ? COUNT_OF(s->seen) : 1); i++) {
        const struct web_file now = look(path_of(s, i));
        if (!same(&now, &s->seen[i]))
            return true;
    }
    return false;
}

void web_state_unref(struct web_state *w)
{
    if (w == NULL || atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) != 1)
        return;
    SSL_CTX_free(w->ssl);
    web_config_free(w->config);
    free(w);
}

static struct web_state *read_config(const char *path, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct web_config *config = web_config_load_file(path, &errors, err);
    if (config == NULL) {
        (void)err_set(err, ERR_INVALID, "%.*s", (int)strcspn(errors.p, "\n"), errors.p);
        return NULL;
    }
    struct web_state *w = xcalloc(1, sizeof *w);
    atomic_init(&w->refs, 1);
    w->config = config;
    return w;
}

/* Files are looked at before they are read, so that what changes in between is seen the next time. False: the
 * file, or only the certificates, cannot be used. */
static bool reload(struct web_source *s, struct err *err)
{
    web_state_unref(s->state);
    s->state = NULL;
    s->seen[0] = look(s->path);
    s->state = read_config(s->path, err);
    for (size_t i = 1; i < COUNT_OF(s->seen); i++)
        s->seen[i] = look(path_of(s, i));
    if (s->state == NULL)
        return false;
    const struct web_config *config = s->state->config;
    if (config->tls == NULL)
        return true;
    s->state->ssl = tls_context_new(config->tls, config->http.http2, err);
    return s->state->ssl != NULL;
}

static void follow(struct web_source *s)
{
    struct err err;
    if (reload(s, &err))
        log_info("Read the web configuration again", "file", s->path);
    else
        log_error("Web configuration is not usable", "file", s->path, "err", err.text);
}

struct web_state *web_source_get(struct web_source *s, bool connecting)
{
    pthread_mutex_lock(&s->mu);
    if (changed(s, connecting))
        follow(s);
    struct web_state *w = s->state;
    if (w != NULL)
        atomic_fetch_add_explicit(&w->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&s->mu);
    return w;
}

bool web_source_init(struct web_source *s, const char *path, struct err *err)
{
    *s = (struct web_source){.path = path};
    pthread_mutex_init(&s->mu, NULL);
    if (!reload(s, err)) {
        web_source_done(s);
        return err_wrap(err, "error loading web configuration file");
    }
    s->tls = s->state->config->tls != NULL;
    return true;
}

void web_source_done(struct web_source *s)
{
    if (s->path == NULL)
        return;
    web_state_unref(s->state);
    pthread_mutex_destroy(&s->mu);
    s->path = NULL;
}
