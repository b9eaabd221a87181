//! What a router serves, read from how it prints itself: axum tells it in no other way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Every route of a router, as `GET /path`. HEAD beside GET is left out, and so are a slash at the end and
/// paths that take whatever is left.
pub fn served(router: &impl Debug) -> BTreeSet<String> {
    let text = format!("{router:?}");
    let (own, _) = text.split_once("fallback_router:").expect("axum's router prints its parts");
    let (mut paths, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for piece in own.split("RouteId(").skip(1) {
        let (number, rest) = piece.split_once("): ").expect("a number and what it stands for");
        if let Some(path) = rest.strip_prefix('"') {
            paths.insert(number, path.split('"').next().unwrap_or_default());
        } else if let Some((_, allowed)) = rest.split_once("allow_header: Bytes(b\"") {
            methods.insert(number, allowed.split('"').next().unwrap_or_default());
        }
    }
    let found: BTreeSet<String> = methods
        .iter()
        .filter_map(|(number, methods)| Some((*paths.get(number)?, methods)))
        .filter(|(path, _)| !path.contains("{*"))
        .flat_map(|(path, methods)| {
            let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
            methods
                .split(',')
                .filter(|method| *method != "HEAD")
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert!(!found.is_empty(), "no route was found in {text}");
    found
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::{any, get, post};

    use super::*;

    #[test]
    fn routes_are_found_also_where_they_were_nested_and_wrapped() {
        let inner = Router::new().route("/{id}", get(async || ()).delete(async || ()));
        let router: Router<()> = Router::new()
            .nest("/a", inner)
            .route("/b/", post(async || ()))
            .route("/{*rest}", any(async || ()))
            .layer(axum::middleware::map_response(async |response: axum::response::Response| response));

        let found: Vec<_> = served(&router).into_iter().collect();

        assert_eq!(found, ["DELETE /a/{id}", "GET /a/{id}", "POST /b"]);
    }
}
