/* Jira: what its files share. jira.c leads a notification through its requests. */
#pragma once

#include "codec/jr.h"
#include "config/fields.h"
#include "notify/receiver.h"

#define JIRA_SUMMARY_MAX     255 /* runes */
#define JIRA_DESCRIPTION_MAX 32767
#define JIRA_ID_MAX          128 /* bytes of an issue's key or a transition's id */

struct issue_text {
    char *template;
    int8_t enable_update; /* -1: not set, which is true */
};

struct jira {
    struct receiver_common common;
    char *api_url, *api_type, *project;
    struct issue_text summary, description;
    struct strings labels;
    char *priority, *issue_type, *reopen_transition, *resolve_transition, *wont_fix_resolution;
    dur_ns reopen_duration;
    const struct ytree *fields;
};

enum phase { PHASE_SEARCH, PHASE_SAVE, PHASE_LIST, PHASE_MOVE };

struct jira_state {
    enum phase phase;
    bool found, done;             /* there is an issue; its status is of the category done */
    char key[JIRA_ID_MAX];        /* of the issue */
    char transition[JIRA_ID_MAX]; /* the id of the wanted transition */
};

/* jira_settings.c */
extern const struct schema jira_schema;
bool jira_resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global);
struct sv jira_base_url(const struct jira *s); /* api_url without a slash at its end */

/* jira_issue.c: the body of a request that creates the issue, or changes the one that exists. */
bool jira_write_issue(struct render *r, const struct jira *s, bool exists, struct request *out,
                      struct err *err) NODISCARD;
/* The label by which a group finds its issue again. */
void jira_add_issue_label(const struct render *r, struct strbuf *out);

/* jira_reply.c. False: j->err says why. */
bool jira_read_search(struct jr *j, struct jira_state *state) NODISCARD;
/* The id of the transition of that name; empty when there is none. `out` has room for JIRA_ID_MAX bytes. */
bool jira_read_transitions(struct jr *j, struct sv wanted_name, char *out) NODISCARD;
