//! Reads the attributes of one arm.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Meta, Path, Token, bracketed, token};

use super::tokens::{Unread, eat};
use crate::ast::ChildAttr;
use crate::child_rules;
use crate::errors::Errors;
use crate::messages::group as messages;
use crate::words::{Allow, AttrKind, Host, OptionWord};

#[derive(Default)]
pub(super) struct Attributes {
    pub(super) attrs: Vec<ChildAttr>,
    pub(super) allow: Allow,
    /// Set once a doc comment has been reported.
    documented: bool,
}

impl Attributes {
    pub(super) fn read(&mut self, input: ParseStream<'_>, index: usize, errors: &mut Errors) -> Result<(), Unread> {
        while input.peek(Token![#]) {
            let pound_token: Token![#] = input.parse()?;
            // `#![spawn]` is an inner attribute.
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
                // `#[]` has no tokens inside to underline.
                Err(_) if tokens.is_empty() => errors.in_arm(index, pound_token, messages::malformed_attribute()),
                Err(_) => errors.in_arm(index, tokens, messages::malformed_attribute()),
            }
        }
        Ok(())
    }

    fn sort_in(&mut self, attr: Attribute, index: usize, errors: &mut Errors) {
        let path = path_text(attr.path());
        if let Some(kind) = AttrKind::named(&path, Host::Arm) {
            child_rules::takes_no_arguments(&attr, kind, index, &messages::ARM, errors);
            self.attrs.push(ChildAttr { kind, attr });
            return;
        }
        match path.as_str() {
            "allow" => self.allow(&attr, index, errors),
            "doc" => {
                // A doc comment of several lines is several attributes, and one mistake.
                if !std::mem::replace(&mut self.documented, true) {
                    errors.in_arm(index, &attr, messages::doc_comment());
                }
            }
            // A slot that exists only in some configurations would change the type of the value.
            "cfg" | "cfg_attr" => errors.in_arm(index, &attr, messages::conditional_arm()),
            "inline" => errors.in_arm(index, &attr, messages::inline_attribute()),
            "child" => errors.in_arm(index, &attr, messages::child_attribute()),
            option if OptionWord::is_of_groups(option) => {
                errors.in_arm(index, &attr, messages::option_attribute(option));
            }
            other => {
                // In `#[tokio::spawn]`, the last name decides what is suggested.
                let last = other.rsplit("::").next().unwrap_or(other);
                let meant = AttrKind::meant(last, Host::Arm).map(AttrKind::text);
                errors.in_arm(index, &attr, messages::unknown_attribute(other, meant));
            }
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
            if !self.allow.add(&path_text(&lint), Host::Arm) {
                errors.in_arm(index, lint, messages::allow_arguments());
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
