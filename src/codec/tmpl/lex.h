/* Tokens of the template language (templates.md 2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum token_kind {
    TOKEN_ERROR, /* val is the message */
    TOKEN_EOF,
    TOKEN_TEXT,
    TOKEN_LEFT_DELIM,
    TOKEN_RIGHT_DELIM,
    TOKEN_SPACE,
    TOKEN_ASSIGN,
    TOKEN_DECLARE,
    TOKEN_PIPE,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_CHAR, /* any other printable ASCII character; a comma means something */
    TOKEN_STRING,
    TOKEN_RAW_STRING,
    TOKEN_CHAR_CONSTANT,
    TOKEN_NUMBER,
    TOKEN_BOOL,
    TOKEN_FIELD, /* val with the dot */
    TOKEN_IDENTIFIER,
    TOKEN_VARIABLE, /* val with the $ */
    TOKEN_KEYWORD,  /* the smallest keyword: those below print as <if> */
    TOKEN_BLOCK,
    TOKEN_BREAK,
    TOKEN_CONTINUE,
    TOKEN_DEFINE,
    TOKEN_DOT,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_NIL,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};

struct token {
    enum token_kind kind;
    uint32_t pos, line; /* byte offset; line from 1 */
    struct sv val;      /* points into the text, except for errors */
};

struct lexer {
    struct sv in;
    uint32_t pos, start; /* of the token in work */
    uint32_t line, start_line;
    unsigned parens;
    bool in_action;
    char error[192];
};

void lex_init(struct lexer *l, struct sv in); /* `in` is below 4 GiB and outlives the tokens */

/* After an error token the lexer must not be asked again. */
struct token lex_next(struct lexer *l);
