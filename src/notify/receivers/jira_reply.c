/* What Jira answers: the issue that a search has found, and the id of a transition. */
#include "jira.h"

/* Goes to `name` in the object that comes next: false when it is not there, or not an object. The rest of the
 * object has to be read by the caller, or left. */
static bool enter(struct jr *j, struct sv name)
{
    struct sv key;

    if (jr_peek(j) != JR_OBJECT || !jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        if (sv_eq(key, name))
            return true;
        if (!jr_skip(j))
            return false;
    }
    return false;
}

static bool copy_id(char *out, struct sv id)
{
    if (id.n == 0 || id.n >= JIRA_ID_MAX)
        return false;
    memcpy(out, id.p, id.n);
    out[id.n] = '\0';
    return true;
}

/* status.statusCategory.key of an issue's `fields`, for a reader that is given up after it. */
static bool read_done(struct sv fields_json, struct arena *mem)
{
    struct jr j;
    struct sv key;

    jr_init(&j, fields_json, mem);
    return enter(&j, SV("status")) && enter(&j, SV("statusCategory")) && enter(&j, SV("key")) &&
           jr_string(&j, &key) && sv_eq(key, SV("done"));
}

/* One value as it stands in the input. */
static bool take_raw(struct jr *j, struct sv *out)
{
    if (jr_peek(j) == JR_ERROR) /* also goes past white space */
        return false;
    const char *start = j->p;
    if (!jr_skip(j))
        return false;
    *out = (struct sv){start, (size_t)(j->p - start)};
    return true;
}

/* The first hit of a search. */
static bool read_issue(struct jr *j, struct jira_state *state)
{
    struct sv key, text;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        if (sv_eq(key, SV("key"))) {
            if (!jr_string(j, &text) || !copy_id(state->key, text))
                return jr_fail(j, "the issue's key is not usable");
        } else if (sv_eq(key, SV("fields"))) {
            if (!take_raw(j, &text))
                return false;
            state->done = read_done(text, j->mem);
        } else if (!jr_skip(j)) {
            return false;
        }
    }
    state->found = state->key[0] != '\0';
    return !j->failed;
}

static bool read_issues(struct jr *j, struct jira_state *state)
{
    bool first = true;

    if (!jr_array(j))
        return false;
    for (; jr_next(j); first = false)
        if (!(first ? read_issue(j, state) : jr_skip(j)))
            return false;
    return !j->failed;
}

bool jira_read_search(struct jr *j, struct jira_state *state)
{
    struct sv key;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key))
        if (!(sv_eq(key, SV("issues")) ? read_issues(j, state) : jr_skip(j)))
            return false;
    return !j->failed;
}

/* One {"id": ..., "name": ...}; takes its id when the name is the wanted one. */
static bool read_transition(struct jr *j, struct sv wanted_name, char *out)
{
    struct sv key, id = {0}, name = {0};

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        const bool ok = sv_eq(key, SV("id"))     ? jr_string(j, &id)
                        : sv_eq(key, SV("name")) ? jr_string(j, &name)
                                                 : jr_skip(j);
        if (!ok)
            return false;
    }
    if (!j->failed && out[0] == '\0' && sv_eq(name, wanted_name) && !copy_id(out, id))
        return jr_fail(j, "the transition's id is not usable");
    return !j->failed;
}

bool jira_read_transitions(struct jr *j, struct sv wanted_name, char *out)
{
    out[0] = '\0';
    if (!enter(j, SV("transitions")))
        return !j->failed;
    if (!jr_array(j))
        return false;
    while (jr_next(j))
        if (!read_transition(j, wanted_name, out))
            return false;
    return !j->failed;
}
