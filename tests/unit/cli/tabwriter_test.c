/* Row C-136 of config.md: the columns of amtool's tables. Expectations are of Go's text/tabwriter. */
#include "cli/tabwriter.h"

#include "support/test.h"

TEST(tabwriter, lays_out_columns_as_go_does)
{
    static const struct {
        const char *what, *in, *out;
    } rows[] = {
        {"nothing", "", ""},
        {"no column", "a\nbb\n", "a\nbb\n"},
        {"every column is padded", "a\tb\t\nccc\td\t\n", "a    b  \nccc  d  \n"},
        {"the last cell without a tab is not", "a\tb\nccc\td\n", "a    b\nccc  d\n"},
        {"an empty cell keeps its column", "a\t\tx\t\nb\tlong\ty\t\n", "a        x  \nb  long  y  \n"},
        {"code points count, not bytes", "\xc3\xa4\tx\t\nbb\ty\t\n", "\xc3\xa4   x  \nbb  y  \n"},
        {"a line without the column begins it anew", "aaaa\tb\t\nplain\nc\td\t\n",
         "aaaa  b  \nplain\nc  d  \n"},
        {"a shorter line ends only its later columns", "a\tbbbb\tc\t\nx\ty\nd\te\tf\t\n",
         "a  bbbb  c  \nx  y\nd  e  f  \n"},
        {"a line break inside a cell", "a\tb\nb\tc\t\n", "a  b\nb  c  \n"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        tabwriter_print(&out, sv_of(rows[i].in));
        const char *got = out.n != 0 ? out.p : "";
        FAIL_IF(strcmp(got, rows[i].out) != 0, "%s:\n[%s] instead of\n[%s]", rows[i].what, got, rows[i].out);
        strbuf_done(&out);
    }
}
