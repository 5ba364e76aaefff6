internal import Yams

/// Turns a file's top mapping into a `Provider`. What is wrong goes to the log.
struct ProviderReader {
  private let top: MappingReader

  private static let keys = [
    "slug", "name", "kind", "issuer", "issuer_required", "authorization", "token", "refresh", "revocation", "probe",
    "header", "fields", "inputs", "facts",
  ]

  init(_ node: Node, log: ProblemLog) { top = MappingReader(node, path: "", known: Self.keys, log: log) }

  func provider() -> Provider {
    let kind = top.word("kind", Provider.Kind.self) ?? .oauth2
    if !top.has("kind") { top.complain("is missing: oauth2, api_key or basic", at: "kind") }
    checkKind(kind)
    let inputs = inputs()
    let fields = fields(kind)
    let provider = Provider(
      slug: slug(), name: top.requiredText("name"), kind: kind, issuer: issuer(),
      issuerRequired: top.flag("issuer_required"), authorization: EndpointReader(top).authorization(),
      token: EndpointReader(top).token(), refresh: kind == .oauth2 ? EndpointReader(top).refresh() : nil,
      revocation: EndpointReader(top).revocation(), probe: EndpointReader(top).probe(),
      header: header(kind, fields: fields),
      fields: fields, inputs: inputs, facts: facts())
    checkPlaceholders(of: provider)
    return provider
  }

  private func slug() -> String {
    let slug = top.requiredText("slug")
    let fits =
      (1...64).contains(slug.utf8.count)
      && slug.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    if !slug.isEmpty, !fits { top.complain("must be 1 to 64 of a-z, 0-9 and -", at: "slug") }
    return slug
  }

  private func issuer() -> String? {
    let issuer = top.text("issuer")
    if let issuer, !issuer.hasPrefix("https://"), !issuer.hasPrefix("http://localhost"),
      !issuer.hasPrefix("http://127.0.0.1")
    {
      top.complain("must be a URL that starts with https:// (RFC 8414 §2)", at: "issuer")
    }
    if issuer == nil, top.flag("issuer_required") {
      top.complain("is missing, but issuer_required is true", at: "issuer")
    }
    return issuer
  }

  private func inputs() -> [ConnectionInput] {
    top.mappings("inputs", known: ["name", "pattern", "hint"]).map { input in
      ConnectionInput(name: name(input), pattern: input.pattern("pattern") ?? .label, hint: input.text("hint"))
    }
  }

  private func fields(_ kind: Provider.Kind) -> [FormField] {
    let fields = top.mappings("fields", known: ["name", "label", "secret", "hint", "pattern"]).map { field in
      let name = name(field)
      return FormField(
        name: name, label: field.text("label") ?? name, secret: field.has("secret") ? field.flag("secret") : true,
        hint: field.text("hint"), pattern: field.pattern("pattern"))
    }
    if !fields.isEmpty { return fields }
    return kind == .basic ? FormField.basic : kind == .apiKey ? [Self.apiKey] : []
  }

  private static let apiKey = FormField(name: "api_key", label: "API key", secret: true, hint: nil, pattern: nil)

  private func header(_ kind: Provider.Kind, fields: [FormField]) -> CredentialHeader? {
    guard let header = top.mapping("header", known: ["name", "format"]) else {
      if kind == .apiKey { top.complain("is missing: how the key is sent", at: "header") }
      return kind == .oauth2 ? .bearer : nil
    }
    let name = header.requiredText("name")
    if !name.isEmpty, !HeaderName.isToken(name) { header.complain("is no header name (RFC 9110 §5.1)", at: "name") }
    let format = ValueTemplate(header.requiredText("format"))
    let known = kind == .oauth2 ? ["access_token"] : fields.map(\.name)
    checkNames(format.placeholders, known, header, "format", of: kind == .oauth2 ? "placeholder" : "field")
    if !format.isWellFormed { header.complain(URLTemplateFault.placeholder.message, at: "format") }
    return CredentialHeader(name: name, format: format)
  }

  private func facts() -> ProviderFacts? {
    guard let facts = top.mapping("facts", known: ["checked", "confidence"]) else { return nil }
    let checked = facts.requiredText("checked")
    if !checked.isEmpty, checked.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) == nil {
      facts.complain("must be a date, YYYY-MM-DD", at: "checked")
    }
    if !facts.has("confidence") { facts.complain("is missing: H, M or L", at: "confidence") }
    return ProviderFacts(checked: checked, confidence: facts.word("confidence") ?? .low)
  }

  private func name(_ reader: MappingReader) -> String {
    let name = reader.requiredText("name")
    if !name.isEmpty, !ValueTemplate.isName(name) { reader.complain("must be [a-z][a-z0-9_]*, at most 64", at: "name") }
    return name
  }

  private func checkKind(_ kind: Provider.Kind) {
    let oauthOnly = ["issuer", "issuer_required", "authorization", "token", "refresh", "revocation"]
    let formOnly = ["fields"]
    for key in kind == .oauth2 ? formOnly : oauthOnly where top.has(key) {
      top.complain("has no meaning for kind \(kind.rawValue)", at: key)
    }
    for key in kind == .oauth2 ? ["authorization", "token"] : [] where !top.has(key) {
      top.complain("is missing: kind oauth2 needs it", at: key)
    }
  }

  private func checkPlaceholders(of provider: Provider) {
    for names in [provider.inputs.map(\.name), provider.fields.map(\.name)] where Set(names).count != names.count {
      top.complain("two inputs or fields have the same name")
    }
    let known = provider.inputs.map(\.name)
    for (path, names) in provider.placeholders {
      checkNames(names, known, top, nil, of: "input", prefix: "\(path): ")
    }
  }

  private func checkNames(
    _ names: [String], _ known: [String], _ reader: MappingReader, _ key: String?, of what: String, prefix: String = ""
  ) {
    for name in names where !known.contains(name) {
      let hint = NearestWord.to(name, among: known).map { ", did you mean ${\($0)}?" } ?? ""
      reader.complain("\(prefix)${\(name)} is no \(what) of this provider\(hint)", at: key)
    }
  }
}
