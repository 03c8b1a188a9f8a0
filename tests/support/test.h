/* One spelling for tests, two runners. Criterion by default: each test in its own process, so a crash or a
 * timeout fails one test. With -DMINI_RUNNER all tests run in this process, because Criterion 2.4.1's sandbox
 * does not start under ThreadSanitizer. Assertions print both values. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

#ifndef MINI_RUNNER
#include <criterion/criterion.h>
#define TEST(suite, name) Test(suite, name, .timeout = 60)
#define FAIL_IF(bad, ...) cr_assert(!(bad), __VA_ARGS__)
#else
#include <stdio.h>
struct mini_test {
    const char *name;
    void (*fn)(void);
    struct mini_test *next;
};
extern struct mini_test *mini_tests;
#define TEST(suite, tname)                                                                                   \
    static void test_##suite##_##tname(void);                                                                \
    __attribute__((constructor)) static void test_##suite##_##tname##_register(void)                         \
    {                                                                                                        \
        static struct mini_test t = {#suite "::" #tname, test_##suite##_##tname, NULL};                      \
        t.next = mini_tests;                                                                                 \
        mini_tests = &t;                                                                                     \
    }                                                                                                        \
    static void test_##suite##_##tname(void)
#define FAIL_IF(bad, ...)                                                                                    \
    ((bad) ? (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__),                  \
              fputc('\n', stderr), exit(1))                                                                  \
           : (void)0)
#endif

/* The local zone of all tests of a file: a process reads it once, so it must not depend on which comes first.
 */
#define TEST_ZONE(name)                                                                                      \
    __attribute__((constructor)) static void test_zone(void)                                                 \
    {                                                                                                        \
        setenv("TZ", name, 1);                                                                               \
    }

#define CHECK(c) FAIL_IF(!(c), "%s does not hold", #c)
/* Integers and pointers. */
#define CHECK_EQ(a, b)                                                                                       \
    do {                                                                                                     \
        const long long check_a = (long long)(a), check_b = (long long)(b);                                  \
        FAIL_IF(check_a != check_b, "%s is %lld, want %lld", #a, check_a, check_b);                          \
    } while (0)
#define CHECK_STR(a, b)                                                                                      \
    do {                                                                                                     \
        const char *check_a = (a), *check_b = (b);                                                           \
        FAIL_IF(strcmp(check_a, check_b) != 0, "%s is \"%s\", want \"%s\"", #a, check_a, check_b);           \
    } while (0)
/* A slice against a C string. */
#define CHECK_SV(a, b)                                                                                       \
    do {                                                                                                     \
        const struct sv check_a = (a);                                                                       \
        const char *check_b = (b);                                                                           \
        FAIL_IF(!sv_eq(check_a, sv_of(check_b)), "%s is \"%.*s\", want \"%s\"", #a, SV_ARG(check_a),         \
                check_b);                                                                                    \
    } while (0)
/* In a table of rows: names the row. */
#define CHECK_ROW(row, c) FAIL_IF(!(c), "%s: %s does not hold", (row), #c)
