//! What every answer of the console carries, and who may post.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use crate::Console;
use crate::language::Language;

/// The cookie that remembers the language.
pub(crate) const LANGUAGE: &str = "budstikke-lang";

/// Nothing from elsewhere, nothing inline, no frames around us, no copies, and no word to other sites. What a
/// handler has set for its own answer stays.
pub(crate) async fn dressed(State(console): State<Console>, mut response: Response) -> Response {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
             frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ),
        // Without a referrer of their own pages browsers would say `Origin: null` when these post.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if console.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000 ; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    web::layers::secure(headers);
    response
}

/// Remembers the language that an address asks for.
pub(crate) async fn keep_language(request: Request, next: Next) -> Response {
    let asked = asked_language(request.uri());
    let mut response = next.run(request).await;
    if let Some(lang) = asked {
        let code = lang.code();
        let cookie = format!("{LANGUAGE}={code}; Path=/console; Max-Age=31536000; SameSite=Lax; HttpOnly");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// The language that an address asks for.
pub(crate) fn asked_language(uri: &Uri) -> Option<Language> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    let code = pairs.into_iter().find_map(|(name, value)| (name == "lang").then_some(value))?;
    Language::from_code(&code)
}

/// A cookie that the browser sent.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(known, value)| (known == name).then_some(value))
}

/// How our cookies are named and marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jar {
    /// Over TLS the prefix has browsers refuse a cookie that another host, or plain HTTP, has set.
    Secure,
    /// Two servers of one machine would share a cookie of one name, since browsers do not look at the port.
    Plain(u16),
}

impl Jar {
    /// The whole name of one of our cookies.
    pub(crate) fn name(self, name: &str) -> String {
        match self {
            Self::Secure => format!("__Host-budstikke-{name}"),
            Self::Plain(port) => format!("budstikke-{name}-{port}"),
        }
    }

    /// Has the browser keep a value for so many seconds, or as long as it runs.
    pub(crate) fn set(self, name: &str, value: &str, seconds: Option<u32>) -> Option<HeaderValue> {
        let marks = match self {
            Self::Secure => "Path=/; Secure",
            Self::Plain(_) => "Path=/console",
        };
        let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = format!("{}={value}; {marks}; HttpOnly; SameSite=Lax{age}", self.name(name));
        let mut cookie = HeaderValue::try_from(text).ok()?;
        cookie.set_sensitive(true);
        Some(cookie)
    }

    /// What the browser shows under a name.
    pub(crate) fn shown<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        cookie(headers, &self.name(name))
    }
}

/// Whether a request comes from one of our own pages, as far as browsers say. They send cookies along also
/// when another site's page makes them post; then they say so. `outside` is where browsers reach us.
pub(crate) fn is_from_here(headers: &HeaderMap, uri: &Uri, outside: Option<&Url>) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    if outside.is_some_and(|outside| outside.origin().ascii_serialization() == origin) {
        return true;
    }
    // HTTP/2 names the host in the address.
    let host = uri.authority().map(Authority::as_str).or_else(|| text(header::HOST));
    origin.split_once("://").is_some_and(|(_, name)| Some(name) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let here = |pairs: &[_]| is_from_here(&headers(pairs), &Uri::from_static("/console"), None);
        assert!(here(&[("sec-fetch-site", "same-origin")]));
        assert!(!here(&[("sec-fetch-site", "cross-site")]));
        assert!(!here(&[("sec-fetch-site", "same-site")]));
        assert!(here(&[("origin", "http://a:1"), ("host", "a:1")]));
        assert!(!here(&[("origin", "http://b"), ("host", "a")]));
        assert!(!here(&[("origin", "null"), ("host", "a")]));
        assert!(here(&[]), "no browser");
        let uri = Uri::from_static("https://a.example/console");
        assert!(is_from_here(&headers(&[("origin", "https://a.example")]), &uri, None), "HTTP/2 has no Host");
        assert!(!is_from_here(&headers(&[("origin", "https://b.example")]), &uri, None));
    }

    #[test]
    fn behind_a_proxy_the_public_address_counts() {
        let outside = Url::parse("https://varsel.example/").expect("an address");
        let uri = Uri::from_static("/console");
        let from = headers(&[("origin", "https://varsel.example"), ("host", "10.0.0.7:9093")]);
        assert!(is_from_here(&from, &uri, Some(&outside)));
        let other = headers(&[("origin", "http://varsel.example"), ("host", "10.0.0.7:9093")]);
        assert!(!is_from_here(&other, &uri, Some(&outside)));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let sent = headers(&[("cookie", "a=1; b=2"), ("cookie", "c=3")]);
        assert_eq!(
            (cookie(&sent, "b"), cookie(&sent, "c"), cookie(&sent, "d")),
            (Some("2"), Some("3"), None)
        );
    }
}
