//! Somebody with a browser, signed in to a server's console.

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};

use crate::{Answer, Server};

/// Somebody who is signed in. Redirects are followed as browsers do.
#[derive(Clone)]
pub struct SignedIn {
    http: reqwest::Client,
    base: String,
    /// The session's cookie, as browsers send it back.
    pub cookie: String,
}

impl Server {
    /// The password of the console's first administrator.
    pub fn console_password(&self) -> String {
        let file = self.data.join("console-password");
        std::fs::read_to_string(file).expect("the console's first password").trim().to_owned()
    }

    /// The console's first administrator, signed in.
    pub async fn sign_in(&self) -> SignedIn {
        self.sign_in_as("admin", &self.console_password()).await
    }

    /// Somebody of the console's users, signed in.
    pub async fn sign_in_as(&self, name: &str, password: &str) -> SignedIn {
        let answer = self.try_to_sign_in(name, password).await;
        let (status, cookie) = (answer.status().as_u16(), session(&answer));
        let cookie = cookie.unwrap_or_else(|| panic!("no session for {name}: {status}"));
        SignedIn { http: reqwest::Client::new(), base: self.url(""), cookie }
    }

    /// What the sign-in page answers, without following it.
    pub async fn try_to_sign_in(&self, name: &str, password: &str) -> Response {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
        let form = [("name", name), ("password", password)];
        http.post(self.url("/console/sign-in")).form(&form).send().await.expect("an answer")
    }
}

/// The session's cookie in an answer.
pub fn session(answer: &Response) -> Option<String> {
    let set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = set.filter_map(|cookie| cookie.split(';').next());
    pairs.find(|pair| pair.contains("budstikke-session") && !pair.ends_with('=')).map(str::to_owned)
}

/// The token that a page's forms carry.
pub fn csrf(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"")?;
    rest.split_once('"').map(|(token, _)| token)
}

impl SignedIn {
    /// A request with the session.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("cookie", &self.cookie);
        request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    }

    /// A page, in English.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).header("accept-language", "en")).await.expect("an answer")
    }

    /// Sends a form as the console's own pages do, with this session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get("/console").await;
        let token = csrf(&page.text).unwrap_or_else(|| panic!("no form in {page:?}")).to_owned();
        self.post_with(path, fields, &token).await
    }

    /// The same with any token.
    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], token: &str) -> Answer {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token)]).collect();
        let request = self.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        let request = request.header("accept-language", "en");
        Answer::of(request.form(&fields)).await.expect("an answer")
    }
}
