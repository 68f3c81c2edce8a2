//! SQL as users type it.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Word};

/// Lets the column `end` be written as it is: `END` is a word of SQL, so that `select start, end from records` would be refused.
///
/// An `end` outside of `CASE … END` can only be the column. Text that cannot be taken apart is left as it is, for the parser to
/// complain about.
pub(crate) fn with_end_quoted(sql: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql)
        .with_unescape(false)
        .tokenize()
    else {
        return sql.to_owned();
    };
    let mut cases = 0_usize;
    let mut text = String::with_capacity(sql.len() + 2);
    for token in tokens {
        match &token {
            Token::Word(Word {
                keyword: Keyword::CASE,
                ..
            }) => cases += 1,
            Token::Word(Word {
                keyword: Keyword::END,
                ..
            }) if cases > 0 => cases -= 1,
            Token::Word(
                word @ Word {
                    keyword: Keyword::END,
                    quote_style: None,
                    ..
                },
            ) => {
                text.push('"');
                text.push_str(&word.value.to_lowercase());
                text.push('"');
                continue;
            }
            _ => {}
        }
        text.push_str(&token.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_column_is_quoted() {
        for (sql, expected) in [
            (
                "select start, end from records",
                "select start, \"end\" from records",
            ),
            ("select \"end\" from records", "select \"end\" from records"),
            (
                "select END - start from records",
                "select \"end\" - start from records",
            ),
            (
                "select case when bytes > 1 then 'end' else 'it''s' end, end",
                "select case when bytes > 1 then 'end' else 'it''s' end, \"end\"",
            ),
            ("select 'end' -- end\n", "select 'end' -- end\n"),
            ("select 'not closed", "select 'not closed"),
            ("select legend, ends", "select legend, ends"),
        ] {
            assert_eq!(with_end_quoted(sql), expected);
        }
    }
}
