//! The items behind the exported names: functions, methods, types, and the traits that types implement.

use std::{collections::BTreeSet, fs, path::Path};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Fields, ImplItem, Item as Code, Lit, Meta, Signature, TraitItem, Type};

use crate::exports::{exports, is_hidden, is_shown};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Function,
    Other,
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// Without spaces that `quote` adds, on one line.
    pub(crate) signature: String,
    pub(crate) docs: String,
    /// The type, or the trait, on whose page it is.
    pub(crate) page: String,
    pub(crate) name: String,
}

impl Item {
    pub(crate) fn has_example(&self) -> bool {
        self.docs.contains("```")
    }

    /// Whether an example of `docs` calls it.
    pub(crate) fn is_called_in(&self, docs: &str) -> bool {
        let name = &self.name;
        let examples: String = docs.split("```").skip(1).step_by(2).collect();
        // A method, an associated function, or the path of one.
        [format!(".{name}("), format!("::{name}("), format!("::{name})")].iter().any(|call| examples.contains(call))
    }
}

/// Every item that a user of the crate can name.
pub(crate) fn items(source: &Path) -> Vec<Item> {
    let names = exports(source);
    let mut items = Vec::new();
    walk(source, &names, &mut items);
    items
}

/// The names of all types and traits, public and private.
pub(crate) fn definitions(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            names.extend(definitions(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a file of the source");
            for code in syn::parse_file(&text).expect("Rust").items {
                let ident = match code {
                    Code::Struct(item) => item.ident,
                    Code::Enum(item) => item.ident,
                    Code::Trait(item) => item.ident,
                    _ => continue,
                };
                names.insert(ident.to_string());
            }
        }
    }
    names
}

/// Nothing of these is exported: a group that is observed is a namesake of the group.
const WITHOUT_EXPORTS: [&str; 2] = ["observe/off.rs", "observe/on.rs"];

/// The machine's trait is a namesake of the node of a tree.
fn is_namesake(file: &Path, code: &Code) -> bool {
    file.ends_with("machine/nodes.rs") && matches!(code, Code::Trait(item) if item.ident == "Node")
}

fn walk(folder: &Path, names: &BTreeSet<String>, items: &mut Vec<Item>) {
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if WITHOUT_EXPORTS.iter().any(|place| path.ends_with(place)) {
            continue;
        }
        if path.is_dir() {
            walk(&path, names, items);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a file of the source");
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            file.items.iter().filter(|code| !is_namesake(&path, code)).for_each(|code| read(code, names, items));
        }
    }
}

fn read(code: &Code, names: &BTreeSet<String>, items: &mut Vec<Item>) {
    let is_named = |ident: &syn::Ident| names.contains(&ident.to_string());
    match code {
        Code::Fn(item) if is_shown(&item.vis, &item.attrs) && is_named(&item.sig.ident) => {
            items.push(function("", &item.sig, &item.attrs));
        }
        Code::Struct(item) if is_shown(&item.vis, &item.attrs) && is_named(&item.ident) => {
            let (ident, generics) = (&item.ident, &item.generics);
            items.push(other(format!("struct {ident}{}", one_line(generics)), &item.attrs));
            fields(&ident.to_string(), &item.fields, items);
        }
        Code::Enum(item) if is_shown(&item.vis, &item.attrs) && is_named(&item.ident) => {
            let open = if has(&item.attrs, "non_exhaustive") { "non_exhaustive " } else { "" };
            items.push(other(format!("{open}enum {}{}", item.ident, one_line(&item.generics)), &item.attrs));
            for variant in &item.variants {
                let open = if has(&variant.attrs, "non_exhaustive") { "non_exhaustive " } else { "" };
                let shape = one_line(&without_docs(&variant.fields)).replace('{', " {");
                items.push(other(format!("{open}{}::{}{shape}", item.ident, variant.ident), &variant.attrs));
            }
        }
        Code::Trait(item) if is_shown(&item.vis, &item.attrs) && is_named(&item.ident) => {
            let (ident, generics, bounds) = (&item.ident, &item.generics, &item.supertraits);
            items.push(other(format!("trait {ident}{}: {}", one_line(generics), one_line(bounds)), &item.attrs));
            for inner in &item.items {
                if let TraitItem::Fn(method) = inner
                    && !is_hidden(&method.attrs)
                {
                    items.push(function(&ident.to_string(), &method.sig, &method.attrs));
                }
            }
        }
        Code::Impl(item) if !is_hidden(&item.attrs) => {
            let Some(name) = name_of(&item.self_ty).filter(|name| names.contains(name)) else { return };
            if let Some((path, _)) = &item.trait_ {
                // Which traits a type implements, but not of private ones.
                let trait_ = one_line(path);
                items.push(other(format!("impl {trait_} for {}", one_line(&item.self_ty)), &[]));
                return;
            }
            for inner in &item.items {
                if let ImplItem::Fn(method) = inner
                    && is_shown(&method.vis, &method.attrs)
                {
                    items.push(function(&name, &method.sig, &method.attrs));
                }
            }
        }
        _ => {}
    }
}

fn fields(of: &str, fields: &Fields, items: &mut Vec<Item>) {
    for field in fields.iter().filter(|field| is_shown(&field.vis, &field.attrs)) {
        let name = field.ident.as_ref().map_or("0".to_owned(), ToString::to_string);
        items.push(other(format!("{of}.{name}: {}", one_line(&field.ty)), &field.attrs));
    }
}

fn without_docs(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    fields.iter_mut().for_each(|field| field.attrs.clear());
    fields
}

fn function(of: &str, signature: &Signature, attributes: &[Attribute]) -> Item {
    let path = if of.is_empty() { String::new() } else { format!("{of}::") };
    Item {
        kind: Kind::Function,
        signature: format!("{path}{}", one_line(signature)),
        docs: docs(attributes),
        page: of.to_owned(),
        name: signature.ident.to_string(),
    }
}

fn other(signature: String, attributes: &[Attribute]) -> Item {
    let shown = signature.trim_start_matches("non_exhaustive ");
    // `enum Cause`, but `Cause::Failed`.
    let mut words = shown.split([' ', ':', '<', '.']);
    let first = words.next().unwrap_or_default();
    let page = if ["struct", "enum", "trait"].contains(&first) { words.next().unwrap_or_default() } else { first };
    let page = page.to_owned();
    Item { kind: Kind::Other, signature, docs: docs(attributes), page, name: String::new() }
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

fn docs(attributes: &[Attribute]) -> String {
    let mut docs = String::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(literal) = &meta.value
            && let Lit::Str(text) = &literal.lit
        {
            docs += text.value().strip_prefix(' ').unwrap_or(&text.value());
            docs.push('\n');
        } else if let Meta::List(list) = &attribute.meta
            && list.path.is_ident("cfg_attr")
            && list.tokens.to_string().contains("doc = \"```\"")
        {
            // An example that needs a feature.
            docs += "```\n";
        }
    }
    docs
}

/// The tokens, with the spaces that a person would write.
fn one_line(tokens: &impl ToTokens) -> String {
    let mut tokens_ = TokenStream::new();
    tokens.to_tokens(&mut tokens_);
    let mut text = tokens_.to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (" ::", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" , ", ", "),
        (" ,", ","),
        ("& ", "&"),
        (" : ", ": "),
        (" ;", ";"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("' ", "'"),
        (" ?", "?"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}
