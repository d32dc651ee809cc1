//! The names that the crate exports.

use std::{collections::BTreeSet, fs, path::Path};

use syn::{Attribute, Item, UseTree, Visibility};

/// Whether the item is public and in the documentation.
pub(crate) fn is_shown(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// The names that are reached from `lib.rs` by public modules and re-exports.
pub(crate) fn exports(source: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    module(&source.join("lib.rs"), source, &mut names);
    names
}

/// The names that the module in `file` exports. Its own modules are in `folder`.
fn module(file: &Path, folder: &Path, names: &mut BTreeSet<String>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for item in syn::parse_file(&text).expect("Rust").items {
        match item {
            Item::Use(item) if is_shown(&item.vis, &item.attrs) => tree(&item.tree, names),
            Item::Mod(item) if is_shown(&item.vis, &item.attrs) => {
                let below = folder.join(item.ident.to_string());
                module(&below.with_extension("rs"), &below, names);
            }
            Item::Fn(item) if is_shown(&item.vis, &item.attrs) => drop(names.insert(item.sig.ident.to_string())),
            Item::Struct(item) if is_shown(&item.vis, &item.attrs) => drop(names.insert(item.ident.to_string())),
            Item::Enum(item) if is_shown(&item.vis, &item.attrs) => drop(names.insert(item.ident.to_string())),
            Item::Trait(item) if is_shown(&item.vis, &item.attrs) => drop(names.insert(item.ident.to_string())),
            _ => {}
        }
    }
}

fn tree(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => self::tree(&path.tree, names),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| self::tree(tree, names)),
        UseTree::Glob(_) => panic!("a glob does not say what is public"),
    }
}
