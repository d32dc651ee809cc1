//! The attributes of one arm.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Meta, Path, Token, bracketed, token};

use super::tokens::{Unread, eat};
use crate::ast::{Allow, AttrKind, ChildAttr};
use crate::errors::Errors;
use crate::messages::group as messages;
use crate::similar::is_similar;

/// The options of groups, which people try as attributes of arms.
const OPTIONS: [&str; 11] = [
    "limit",
    "timeout",
    "deadline",
    "cancel_on",
    "drain_on",
    "drain_timeout",
    "grace",
    "catch_panics",
    "on_late_error",
    "carry",
    "name",
];

/// What other people call our words.
const SYNONYMS: [(&str, &str); 7] = [
    ("spawn_blocking", "blocking"),
    ("task", "spawn"),
    ("parallel", "spawn"),
    ("thread", "blocking"),
    ("background", "daemon"),
    ("detached", "daemon"),
    ("service", "daemon"),
];

#[derive(Default)]
pub(super) struct Attributes {
    pub(super) attrs: Vec<ChildAttr>,
    pub(super) allow: Allow,
    documented: bool,
}

impl Attributes {
    pub(super) fn read(&mut self, input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<(), Unread> {
        while input.peek(Token![#]) {
            let pound_token: Token![#] = input.parse()?;
            let inner = eat(input, '!');
            if inner.is_some() || !input.peek(token::Bracket) {
                errors.in_arm(index, pound_token, messages::malformed_attribute());
                return Err(Unread::Reported);
            }
            let (bracket_token, tokens) = bracketed(input)?;
            match syn::parse2::<Meta>(tokens.clone()) {
                Ok(meta) => {
                    let attr = Attribute { pound_token, style: AttrStyle::Outer, bracket_token, meta };
                    self.sort_in(attr, index, errors);
                }
                Err(_) if tokens.is_empty() => errors.in_arm(index, pound_token, messages::malformed_attribute()),
                Err(_) => errors.in_arm(index, tokens, messages::malformed_attribute()),
            }
        }
        Ok(())
    }

    fn sort_in(&mut self, attr: Attribute, index: usize, errors: &mut Errors) {
        let path = path_text(attr.path());
        if let Some(kind) = AttrKind::ALL.into_iter().find(|kind| kind.text() == path) {
            if !matches!(attr.meta, Meta::Path(_)) {
                errors.in_arm(index, &attr, messages::attribute_arguments(&path));
            }
            self.attrs.push(ChildAttr { kind, attr });
            return;
        }
        match path.as_str() {
            "allow" => self.allow(&attr, index, errors),
            "doc" => {
                // A comment of several lines is several attributes, and one mistake.
                if !std::mem::replace(&mut self.documented, true) {
                    errors.in_arm(index, &attr, messages::doc_comment());
                }
            }
            "cfg" | "cfg_attr" => errors.in_arm(index, &attr, messages::conditional_arm()),
            "inline" => errors.in_arm(index, &attr, messages::inline_attribute()),
            "child" => errors.in_arm(index, &attr, messages::child_attribute()),
            option if OPTIONS.contains(&option) => {
                errors.in_arm(index, &attr, messages::option_attribute(option));
            }
            other => errors.in_arm(index, &attr, messages::unknown_attribute(other, nearest(other))),
        }
    }

    fn allow(&mut self, attr: &Attribute, index: usize, errors: &mut Errors) {
        let lints = match &attr.meta {
            Meta::List(list) => Punctuated::<Path, Token![,]>::parse_terminated.parse2(list.tokens.clone()),
            Meta::Path(_) | Meta::NameValue(_) => Ok(Punctuated::new()),
        };
        let Ok(lints) = lints else {
            return errors.in_arm(index, attr, messages::allow_arguments());
        };
        if lints.is_empty() {
            errors.in_arm(index, attr, messages::allow_arguments());
        }
        for lint in lints {
            match path_text(&lint).as_str() {
                "detached" => self.allow.detached = true,
                "blocking_sleep" => self.allow.blocking_sleep = true,
                _ => errors.in_arm(index, lint, messages::allow_arguments()),
            }
        }
    }
}

fn bracketed(input: ParseStream<'_>) -> syn::Result<(token::Bracket, TokenStream)> {
    let content;
    let bracket_token = bracketed!(content in input);
    Ok((bracket_token, content.parse()?))
}

fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// The attribute that was probably meant.
fn nearest(written: &str) -> Option<&'static str> {
    let written = written.rsplit("::").next().unwrap_or(written);
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == written).map(|(_, word)| *word);
    synonym.or_else(|| AttrKind::ALL.into_iter().map(AttrKind::text).find(|word| is_similar(written, word)))
}
