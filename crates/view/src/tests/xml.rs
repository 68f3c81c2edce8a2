//! Just enough of XML and of XML Schema to hold a document against `junit-10.xsd`.

use std::collections::{BTreeMap, BTreeSet};

use xmlparser::{ElementEnd, Token, Tokenizer};

/// An element of a document.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Name with its prefix.
    pub(super) name: String,
    /// Attributes, with entities as they stand.
    pub(super) attributes: BTreeMap<String, String>,
    /// Elements in it.
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Elements with a name, at any depth.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> Vec<&'a Element> {
        let mut found: Vec<&Element> = self
            .children
            .iter()
            .flat_map(|child| child.all(name))
            .collect();
        if self.name == name {
            found.insert(0, self);
        }
        found
    }
}

/// The root element of a document; panics where it is not well-formed.
pub(super) fn parse(text: &str) -> Element {
    let mut open = vec![Element::default()];
    for token in Tokenizer::from(text) {
        match token.expect("well-formed") {
            Token::ElementStart { prefix, local, .. } => open.push(Element {
                name: qualified(prefix.as_str(), local.as_str()),
                ..Element::default()
            }),
            Token::Attribute {
                prefix,
                local,
                value,
                ..
            } => {
                let element = open.last_mut().expect("an attribute is in an element");
                let name = qualified(prefix.as_str(), local.as_str());
                let before = element.attributes.insert(name, value.to_string());
                assert!(before.is_none(), "an attribute stands once");
            }
            Token::ElementEnd {
                end: ElementEnd::Open,
                ..
            } => {}
            Token::ElementEnd { end, .. } => {
                let element = open.pop().expect("what ends was open");
                if let ElementEnd::Close(prefix, local) = end {
                    assert_eq!(element.name, qualified(prefix.as_str(), local.as_str()));
                }
                open.last_mut()
                    .expect("the document")
                    .children
                    .push(element);
            }
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "every element ends");
    open.remove(0).children.remove(0)
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() {
        return local.to_owned();
    }
    format!("{prefix}:{local}")
}

/// What a schema says of one element.
#[derive(Debug, Default)]
struct Declaration {
    attributes: BTreeSet<String>,
    required: BTreeSet<String>,
    children: BTreeSet<String>,
}

/// The elements that a schema declares at its top, with their attributes and children. Order and number of children are not read:
/// in `junit-10.xsd` they are free.
pub(super) struct Schema(BTreeMap<String, Declaration>);

impl Schema {
    pub(super) fn parse(text: &str) -> Self {
        let root = parse(text);
        let elements = root
            .children
            .iter()
            .filter(|child| child.name == "xs:element");
        let declarations =
            elements.map(|element| (element.attributes["name"].clone(), declaration(element)));
        Self(declarations.collect())
    }

    /// What an element and those in it break.
    pub(super) fn violations(&self, element: &Element) -> Vec<String> {
        let Some(declaration) = self.0.get(&element.name) else {
            return vec![format!("<{}> is not declared", element.name)];
        };
        let name = &element.name;
        let mut found = Vec::new();
        for attribute in element
            .attributes
            .keys()
            .filter(|attribute| !declaration.attributes.contains(*attribute))
        {
            found.push(format!("<{name}> has no attribute {attribute}"));
        }
        for attribute in declaration
            .required
            .iter()
            .filter(|attribute| !element.attributes.contains_key(*attribute))
        {
            found.push(format!("<{name}> lacks its attribute {attribute}"));
        }
        for child in &element.children {
            if !declaration.children.contains(&child.name) {
                found.push(format!("<{name}> holds no <{}>", child.name));
            }
            found.extend(self.violations(child));
        }
        found
    }
}

fn declaration(element: &Element) -> Declaration {
    let attributes = element.all("xs:attribute");
    let name = |attribute: &&Element| attribute.attributes["name"].clone();
    let required = attributes.iter().filter(|attribute| {
        attribute
            .attributes
            .get("use")
            .is_some_and(|how| how == "required")
    });
    let children = element.all("xs:element").into_iter();
    Declaration {
        attributes: attributes.iter().map(name).collect(),
        required: required.map(name).collect(),
        children: children
            .filter_map(|child| child.attributes.get("ref").cloned())
            .collect(),
    }
}
