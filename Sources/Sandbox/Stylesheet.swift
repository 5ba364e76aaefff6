/// The one stylesheet of the pages.
enum Stylesheet {
  static let text = """
    :root { color-scheme: light dark; --line: #8884; --accent: #0a6; }
    body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
    .brand { color: var(--accent); font-weight: 600; margin: 0; }
    .note, small { opacity: .7; }
    code { font-size: .9em; overflow-wrap: anywhere; }
    fieldset { border: 1px solid var(--line); border-radius: 8px; padding: .5rem 1rem; }
    fieldset label { display: block; padding: .25rem 0; }
    table { border-collapse: collapse; }
    td, th { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; }
    .buttons { margin: 1rem 0; }
    .number { text-align: right; } .name { white-space: nowrap; }
    button { font: inherit; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: 8px; }
    button.primary { background: var(--accent); border-color: transparent; color: #fff; }
    form.action { display: inline; } form.action button { padding: .1rem .6rem; font-size: .9em; }

    """
}
