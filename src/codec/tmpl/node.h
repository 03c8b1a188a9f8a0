/* The syntax tree. All of it lives in the arena of the unit (one file or one config string) it was parsed
 * from.
 *
 * Positions are byte offsets into the unit's text; errors turn them into line and column. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/tmpl.h"

enum node_kind {
    /* statements */
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_WITH,
    NODE_RANGE,
    NODE_TEMPLATE,
    NODE_BREAK,
    NODE_CONTINUE,
    /* expressions */
    NODE_PIPE,
    NODE_COMMAND,
    NODE_FUNC,
    NODE_FIELD,
    NODE_VARIABLE,
    NODE_CHAIN,
    NODE_DOT,
    NODE_NIL,
    NODE_BOOL,
    NODE_NUMBER,
    NODE_STRING,
};

struct node;

struct names {
    struct sv *v;
    size_t n;
};

struct number {
    struct sv text;
    bool is_int, is_float; /* what it may be used as; a constant that is only unsigned is neither */
    bool is_complex;       /* written with an i; then `f` is the real part */
    int64_t i;
    double f, imaginary;
};

struct branch { /* if, with, range */
    struct node *pipe, *list, *otherwise;
};

struct pipe {
    struct names decl; /* variables with their $ */
    bool assigns;      /* = instead of := */
    struct node *commands;
};

/* How the HTML escaper prepares an action's output: see html.h. */
struct escape_chain;
struct definition;

struct node {
    enum node_kind kind;
    uint32_t pos;
    struct node *next; /* in a list of statements, commands or arguments */
    union {
        struct sv text; /* NODE_TEXT; NODE_STRING as written; see also `value` */
        struct branch branch;
        struct {
            struct node *pipe;
            const struct escape_chain *escapes; /* NULL in text mode */
        } action;
        struct {
            struct sv name;
            struct node *pipe;               /* NULL: no argument */
            const struct definition *target; /* fixed by the HTML escaper; NULL: looked up by name */
        } call;
        struct pipe pipe;
        struct {
            struct node *args; /* the first one is the operand or function */
            size_t n_args;
        } command;
        struct {
            struct sv name;
            const struct tmethod *fn;
        } func;
        struct names path; /* NODE_FIELD: without dots; NODE_VARIABLE: $x, then fields */
        struct {
            struct node *base;
            struct names path;
        } chain;
        bool truth;
        struct number number;
        struct {
            struct sv quoted, value;
        } str;
    };
};

struct unit {
    struct sv name; /* what errors call it: the file's base name */
    struct sv text;
};

/* A named template. */
struct definition {
    struct sv name;
    const struct unit *unit;
    struct node *list;
    struct definition *next; /* in the parse result */
};

/* Line from 1 and column from 0, as errors count. */
struct position {
    size_t line, col;
};
struct position unit_position(const struct unit *unit, uint32_t pos);

/* Operands that take arguments and piped values: all but constants, the dot and nil. */
bool node_is_called(const struct node *n);

bool node_list_is_empty(const struct node *list); /* only white space and comments */

/* A node in canonical spacing, as errors quote it. */
void node_print(struct strbuf *out, const struct node *n);
