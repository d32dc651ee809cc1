//! Reads a function for an editor: a statement that is half typed stays as it is, in a body that can be read otherwise.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprGroup, ItemFn, Stmt, Token, token};

/// Reads a function whose body syn cannot read. What is half typed in it becomes an expression in the user's own tokens.
pub(super) fn function(item: TokenStream) -> Option<ItemFn> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.pop() else { return None };
    let mut half = Half(Vec::new());
    tokens.push(half.block(&body).into());
    let mut function: ItemFn = syn::parse2(tokens.into_iter().collect()).ok()?;
    half.visit_block_mut(&mut function.block);
    Some(function)
}

/// What is half typed. A name stands in its place while the rest is read.
struct Half(Vec<TokenStream>);

impl Half {
    fn block(&mut self, block: &Group) -> Group {
        let read = |input: ParseStream<'_>| self.statements(input);
        let stmts = read.parse2(block.stream()).unwrap_or_default();
        let mut read = Group::new(block.delimiter(), stmts);
        read.set_span(block.span());
        read
    }

    fn statements(&mut self, input: ParseStream<'_>) -> syn::Result<TokenStream> {
        let mut all = TokenStream::new();
        while !input.is_empty() {
            let ahead = input.fork();
            if let Ok(stmt) = ahead.parse::<Stmt>() {
                input.advance_to(&ahead);
                stmt.to_tokens(&mut all);
                continue;
            }
            let mut typed = Vec::new();
            while !input.is_empty() && !input.peek(Token![;]) {
                typed.push(input.parse::<TokenTree>()?);
            }
            let semicolon: Option<Token![;]> = input.parse()?;
            all.extend(self.statement(typed, &semicolon));
        }
        Ok(all)
    }

    /// Reads a statement of which a part cannot be read, or the expression at the end.
    fn statement(&mut self, typed: Vec<TokenTree>, semicolon: &Option<Token![;]>) -> TokenStream {
        let is_readable = |typed: &TokenStream| Block::parse_within.parse2(quote!(#typed #semicolon)).is_ok();
        let before = self.0.len();
        let blocks = typed.iter().map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => self.block(group).into(),
            token => token.clone(),
        });
        let blocks: TokenStream = blocks.collect();
        if is_readable(&blocks) {
            return quote!(#blocks #semicolon);
        }
        self.0.truncate(before);
        let head = |input: ParseStream<'_>| {
            let attrs = input.call(Attribute::parse_outer)?;
            let mut head = quote!(#(#attrs)*);
            if input.peek(Token![let]) {
                while !input.peek(Token![=]) {
                    head.extend([input.parse::<TokenTree>()?]);
                }
                head.extend([input.parse::<TokenTree>()?]);
            }
            Ok((head, input.parse::<TokenStream>()?))
        };
        let typed: TokenStream = typed.into_iter().collect();
        let (head, half) = head.parse2(typed.clone()).unwrap_or_else(|_| (TokenStream::new(), typed));
        let name = Self::name(self.0.len());
        self.0.push(half);
        quote!(#head #name #semicolon)
    }

    fn name(index: usize) -> Ident {
        format_ident!("__half_typed_{index}", span = Span::call_site())
    }
}

impl VisitMut for Half {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let Expr::Path(path) = expr else { return visit_mut::visit_expr_mut(self, expr) };
        let half = self.0.iter_mut().enumerate().find(|(index, _)| path.path.is_ident(&Self::name(*index)));
        if let Some((_, half)) = half {
            let typed = Box::new(Expr::Verbatim(std::mem::take(half)));
            // Without delimiters, and with a place for the attributes.
            let attrs = std::mem::take(&mut path.attrs);
            *expr = Expr::Group(ExprGroup { attrs, group_token: token::Group::default(), expr: typed });
        }
    }
}
