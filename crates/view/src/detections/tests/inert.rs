//! Text of others acts nowhere.

use proptest::prelude::*;

use super::{fixture, options, rendered};
use crate::detections::html::STYLE;
use crate::inert::is_unsafe;
use crate::{Format, Options};

#[test]
fn every_format_is_inert() {
    for format in Format::OF_DETECTIONS {
        for verbose in [false, true] {
            let options = Options {
                verbose,
                ..options()
            };
            for line in rendered(format, &fixture::report(), &options).lines() {
                assert!(!line.contains(is_unsafe), "{format}: {line:?}");
            }
        }
    }
}

#[test]
fn the_page_runs_and_loads_nothing() {
    let page = rendered(Format::Html, &fixture::report(), &options());
    let (_, body) = page.split_once("</style>").unwrap();
    // What a name says stands there as text: its brackets and quotes are spelled out.
    let tags = body
        .split('<')
        .skip(1)
        .map(|tag| tag.split_once('>').unwrap().0);
    for tag in tags {
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        assert!(
            !["script", "img", "link", "iframe", "object"].contains(&name),
            "{tag}"
        );
        for word in [" href=\"http", " src=", " style=", " onerror=", " onload="] {
            assert!(!tag.contains(word), "{tag}");
        }
    }
    assert!(body.contains("&lt;script&gt;"), "the name is shown");
    assert!(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
    assert!(!page.contains("script-src"));
    let style = STYLE.to_lowercase();
    for word in ["</", "<!--", "http:", "https:", "url(", "@import"] {
        assert!(!style.contains(word), "{word} in the style");
    }
}

proptest! {
    // Each case renders whole reports.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_name_gets_out_of_its_place(name in any::<String>(), width in 1_usize..200, verbose: bool) {
        let mut report = fixture::quiet();
        let finding = &mut fixture::report().findings[0];
        finding.client_name = Some(name.clone());
        finding.message = name.clone();
        finding.query = name.clone();
        finding.approximate = Some(name.clone());
        finding.capture_point.interface_id = Some(name.clone());
        report.findings = vec![finding.clone()];
        report.coverage.missing = vec![name];
        let options = Options { width: Some(width), verbose, ..Options::default() };
        for format in Format::OF_DETECTIONS {
            let text = rendered(format, &report, &options);
            prop_assert!(!text.contains(|character| character != '\n' && is_unsafe(character)));
            if format == Format::Html {
                prop_assert_eq!(text.matches("<li class=\"finding\"").count(), 1);
                prop_assert_eq!(text.matches("<p").count() , text.matches("</p>").count() + text.matches("<pre").count() + text.matches("<path").count());
            }
        }
    }
}
