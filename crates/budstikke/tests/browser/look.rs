//! How a page is looked at: language, light or dark, on a phone or on a desk.

use serde_json::json;

use crate::browser::Browser;

/// One way to look at a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The language's code.
    pub lang: &'static str,
    /// `light` or `dark`.
    pub theme: &'static str,
    /// `phone` or `desk`.
    pub on: &'static str,
    width: u32,
    height: u32,
}

const fn phone(lang: &'static str, theme: &'static str) -> Look {
    Look { lang, theme, on: "phone", width: 360, height: 740 }
}

const fn desk(lang: &'static str, theme: &'static str) -> Look {
    Look { lang, theme, on: "desk", width: 1280, height: 900 }
}

/// Four ways, in which every two of language, theme and width meet once.
pub const LOOKS: [Look; 4] =
    [desk("en", "light"), phone("en", "dark"), desk("nb", "dark"), phone("nb", "light")];

impl Look {
    /// The way that is most common.
    pub const PLAIN: Self = LOOKS[0];

    /// Looks so from the next page on.
    pub async fn take(self, browser: &Browser) {
        let size =
            json!({ "width": self.width, "height": self.height, "deviceScaleFactor": 1, "mobile": false });
        browser.tell("Emulation.setDeviceMetricsOverride", size).await;
        let theme = json!({ "features": [{ "name": "prefers-color-scheme", "value": self.theme }] });
        browser.tell("Emulation.setEmulatedMedia", theme).await;
    }

    /// A path in this language.
    pub fn of(self, path: &str) -> String {
        let (path, anchor) =
            path.split_once('#').map_or((path, String::new()), |(path, at)| (path, format!("#{at}")));
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}lang={}{anchor}", self.lang)
    }

    /// Its name in the names of files.
    pub fn name(self) -> String {
        format!("{}-{}-{}", self.lang, self.theme, self.on)
    }
}
