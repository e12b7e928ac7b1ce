// Made by Scripts/embed-label-policies from Config/labels. Change the files there, and run it again.
public import StrictYAML

extension LabelPolicySet {
    /// The label policies that ship with the product, as they stand in `Config/labels`.
    public static func shipped() throws(YAMLError) -> LabelPolicySet { try parse(files: shippedFiles) }

    // swift-format-ignore
    package static let shippedFiles: [File] = [
        File(name: "codes.yaml", yaml: #"""
# The countries and groups that markings may name.
#
# Countries: ISO 3166-1 alpha-3. Groups: the codes of three or more letters that public marking guides use, with their
# members where these are public and settled; `unlisted` for others, which then stand for themselves: nothing is ever
# assumed about who belongs to them. Who is a member is a matter for the coalition's own policy; these lists serve to
# intersect releasability when labels are rolled up or compared.
#
# The reference is Docs/labels.md.

format: 1

countries:
  - ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN
  - BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN
  - CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU
  - DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR
  - GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV
  - HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM
  - KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA
  - MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM
  - NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL
  - PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE
  - SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK
  - TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB
  - VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE

groups:
  ACGU: [AUS, CAN, GBR, USA]
  FVEY: [AUS, CAN, GBR, NZL, USA]
  NATO: [ALB, BEL, BGR, CAN, CZE, DEU, DNK, ESP, EST, FIN, FRA, GBR, GRC, HRV, HUN, ISL, ITA, LTU, LUX, LVA,
         MKD, MNE, NLD, NOR, POL, PRT, ROU, SVK, SVN, SWE, TUR, USA]
  EU: [AUT, BEL, BGR, CYP, CZE, DEU, DNK, ESP, EST, FIN, FRA, GRC, HRV, HUN, IRL, ITA, LTU, LUX, LVA, MLT,
       NLD, POL, PRT, ROU, SVK, SVN, SWE]
  UN: unlisted
  ISAF: unlisted       # ended 2014
  RSMA: unlisted       # ended 2021
  KFOR: unlisted
  GCTF: unlisted
  # Groups and missions that NATO's example policy for STANAG 4774 names beside these.
  EAPC: unlisted
  ICI: unlisted
  NGC: unlisted
  NRC: unlisted
  NUC: unlisted
  PARP: unlisted
  PATG: unlisted
  PFP: unlisted
  RESOLUTE-SUPPORT: unlisted   # ended 2021
"""# + "\n"),
        File(name: "usa.yaml", yaml: #"""
# Markings of the United States, in the form of the public CAPCO register and manual and of DoDM 5200.01, volume 2.
#
# The words and their order are facts of those documents; nothing here is a statement of the United States. Lists are not
# complete: add what your agreement uses. Compartments below a control system need not be listed.

format: 1
name: USA
version: "1"
title: United States, classification and control markings

marking: {fields: ["//"], values: ["/"]}

ladders:
  national:
    owners: USA
    form: "{word}"
    words:
      UNCLASSIFIED: {rank: 0, portion: U}
      CONFIDENTIAL: {rank: 2, portion: C}
      SECRET: {rank: 3, portion: S}
      TOP SECRET: {rank: 4, portion: TS}
  # Information of another government, in the words of the register: `//GBR SECRET`, in a portion `(//GBR S)`.
  foreign:
    owners: [every code, FGI, not USA, not NATO]
    form: "//{owner} {word}"
    merges-as: FGI
    words:
      UNCLASSIFIED: {rank: 0, portion: U}
      RESTRICTED: {rank: 1, portion: R}
      CONFIDENTIAL: {rank: 2, portion: C}
      SECRET: {rank: 3, portion: S}
      TOP SECRET: {rank: 4, portion: TS}
  nato:
    owners: NATO
    form: "//{word}"
    merges-as: FGI
    words:
      NATO UNCLASSIFIED: {rank: 0, portion: NU}
      NATO RESTRICTED: {rank: 1, portion: NR}
      NATO CONFIDENTIAL: {rank: 2, portion: NC}
      NATO SECRET: {rank: 3, portion: NS}
      COSMIC TOP SECRET: {rank: 4, portion: CTS}
  # Information that several governments own together: `//JOINT SECRET CAN GBR USA`.
  joint:
    owners: every code
    merges-as: FGI
    form: "//JOINT {word} {owners}"
    words:
      UNCLASSIFIED: {rank: 0, portion: U}
      RESTRICTED: {rank: 1, portion: R}
      CONFIDENTIAL: {rank: 2, portion: C}
      SECRET: {rank: 3, portion: S}
      TOP SECRET: {rank: 4, portion: TS}

# In the order in which a marking writes them.
categories:
  NATO control:
    kind: restrictive
    fills: compartments
    field: nato
    classifications: [NATO CONFIDENTIAL, NATO SECRET, COSMIC TOP SECRET]
    values:
      ATOMAL: {}
      BALK: {classifications: COSMIC TOP SECRET}
      BOHEMIA: {classifications: COSMIC TOP SECRET}

  SCI:
    kind: restrictive
    fills: compartments
    field: sci
    nested: true
    open: true
    values:
      HCS: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET], also: [HUMINT CONTROL SYSTEM]}
      KDK: {classifications: [SECRET, TOP SECRET], also: [KLONDIKE]}
      RSV: {classifications: [SECRET, TOP SECRET], also: [RESERVE]}
      SI: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET], formerly: [COMINT]}
      TK: {classifications: [SECRET, TOP SECRET], also: [TALENT KEYHOLE]}

  SAP:
    kind: restrictive
    fills: compartments
    field: sap
    nested: true
    open: true
    lead: {banner: SAR-, also: [SPECIAL ACCESS REQUIRED-]}
    classifications: [CONFIDENTIAL, SECRET, TOP SECRET]

  AEA:
    kind: restrictive
    fills: compartments
    field: aea
    nested: true
    values:
      RD: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET], also: [RESTRICTED DATA], excludes: [FRD, TFNI]}
      FRD: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET], also: [FORMERLY RESTRICTED DATA], excludes: [TFNI]}
      TFNI: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET]}
  UCNI:
    kind: informative
    fills: caveats
    field: aea
    values:
      DOD UCNI: {portion: DCNI, classifications: UNCLASSIFIED}
      DOE UCNI: {portion: UCNI, classifications: UNCLASSIFIED}

  FGI:
    kind: informative
    fills: caveats
    field: fgi
    lead: FGI
    bare: true
    between: " "
    codes: [every code, not USA]

  Dissemination:
    kind: informative
    fills: caveats
    field: dissemination
    values:
      RSEN: {portion: RS}
      FOUO: {classifications: UNCLASSIFIED, also: [FOR OFFICIAL USE ONLY]}
      CUI: {}
      ORCON: {portion: OC, classifications: [CONFIDENTIAL, SECRET, TOP SECRET], excludes: [RELIDO, ORCON-USGOV],
              also: [ORIGINATOR CONTROLLED]}
      ORCON-USGOV: {portion: OC-USGOV, classifications: [CONFIDENTIAL, SECRET, TOP SECRET], excludes: RELIDO}
      IMCON: {portion: IMC, classifications: [SECRET, TOP SECRET], also: [CONTROLLED IMAGERY]}
  NOFORN control:
    kind: restrictive
    fills: caveats
    field: dissemination
    values:
      NOFORN: {portion: NF, excludes: [REL TO, RELIDO, DISPLAY ONLY], also: [NOT RELEASABLE TO FOREIGN NATIONALS]}
  Proprietary:
    kind: informative
    fills: caveats
    field: dissemination
    values:
      PROPIN: {portion: PR, also: [CAUTION-PROPRIETARY INFORMATION INVOLVED]}
  REL TO:
    kind: permissive
    fills: releasable-to
    field: dissemination
    lead: {banner: REL TO, also: [AUTHORIZED FOR RELEASE TO]}
    codes: every code
    first: USA
    least: 2
    absence-means: nobody
    when-empty: NOFORN
  Release decision:
    kind: informative
    fills: caveats
    field: dissemination
    roll-up: intersect
    values:
      RELIDO: {classifications: [CONFIDENTIAL, SECRET, TOP SECRET]}
  Law and foreign intelligence:
    kind: informative
    fills: caveats
    field: dissemination
    values:
      DEA SENSITIVE: {portion: DSEN}
      FISA: {}
  DISPLAY ONLY:
    kind: informative
    fills: caveats
    field: dissemination
    lead: DISPLAY ONLY
    codes: [every code, not USA]
    excludes: RELIDO
    roll-up: intersect

  Other dissemination:
    kind: informative
    fills: caveats
    field: other
    values:
      LIMITED DISTRIBUTION: {portion: DS, also: [LIMDIS], classifications: UNCLASSIFIED}
      EXCLUSIVE DISTRIBUTION: {portion: XD, also: [EXDIS], excludes: NO DISTRIBUTION}
      NO DISTRIBUTION: {portion: ND, also: [NODIS]}
      SENSITIVE BUT UNCLASSIFIED: {portion: SBU, also: [SBU], classifications: UNCLASSIFIED}
      LAW ENFORCEMENT SENSITIVE: {portion: LES, also: [LES]}
      SENSITIVE SECURITY INFORMATION: {portion: SSI, also: [SSI]}

# What each word is worth elsewhere. Sources: the NATO markings table in DoDM 5200.01, volume 2; treaties' tables.
equivalents:
  - {word: CONFIDENTIAL, policy: NATO, is: NATO CONFIDENTIAL}
  - {word: SECRET, policy: NATO, is: NATO SECRET}
  - {word: TOP SECRET, policy: NATO, is: COSMIC TOP SECRET}
  - {ladder: nato, word: NATO UNCLASSIFIED, policy: NATO, is: NATO UNCLASSIFIED}
  - {ladder: nato, word: NATO RESTRICTED, policy: NATO, is: NATO RESTRICTED}
  - {ladder: nato, word: NATO CONFIDENTIAL, policy: NATO, is: NATO CONFIDENTIAL}
  - {ladder: nato, word: NATO SECRET, policy: NATO, is: NATO SECRET}
  - {ladder: nato, word: COSMIC TOP SECRET, policy: NATO, is: COSMIC TOP SECRET}
"""# + "\n"),
        File(name: "gbr.yaml", yaml: #"""
# Markings of the United Kingdom: the Government Security Classifications Policy, and the words that it replaced on
# 2014-04-02, which older documents still bear.

format: 1
name: GBR
version: "1"
title: United Kingdom, Government Security Classifications

marking: {fields: [" - ", " – ", "//", " "], values: [" ", ", ", "/"]}

ladders:
  national:
    owners: GBR
    form: "{word}"
    words:
      UNCLASSIFIED: {rank: 0, portion: U, also: [UK UNCLASSIFIED], until: 2014-04-01}
      OFFICIAL: {rank: 1, portion: O, also: [UK OFFICIAL]}
      PROTECT: {rank: 1, portion: P, also: [UK PROTECT], until: 2014-04-01}
      OFFICIAL-SENSITIVE: {rank: 2, portion: O-S, also: [UK OFFICIAL-SENSITIVE, UK OFFICIAL SENSITIVE, OFFICIAL SENSITIVE]}
      RESTRICTED: {rank: 2, portion: R, also: [UK RESTRICTED], until: 2014-04-01, successor: OFFICIAL-SENSITIVE}
      CONFIDENTIAL: {rank: 3, portion: C, also: [UK CONFIDENTIAL], until: 2014-04-01}
      SECRET: {rank: 4, portion: S, also: [UK SECRET]}
      TOP SECRET: {rank: 5, portion: TS, also: [UK TOP SECRET]}

categories:
  Sensitive descriptors:
    kind: informative
    fills: caveats
    field: descriptor
    classifications: [OFFICIAL-SENSITIVE, SECRET, TOP SECRET]
    values:
      COMMERCIAL: {}
      LOCSEN: {}
      MARKET SENSITIVE: {}
      PERSONAL: {}
      PERSONAL DATA: {}
      LEGAL: {}
  Special handling:
    kind: restrictive
    fills: compartments
    field: handling
    classifications: [SECRET, TOP SECRET]
    values:
      STRAP: {}
      ATOMIC: {}
      CRYPTO: {}
  Eyes only:
    kind: permissive
    fills: releasable-to
    field: eyes
    classifications: [OFFICIAL-SENSITIVE, SECRET, TOP SECRET, CONFIDENTIAL]
    trail: EYES ONLY
    between: /
    values:
      GBR: {banner: UK}
      USA: {banner: US}
    codes: every code

equivalents:
  - {word: OFFICIAL, policy: NATO, is: NATO UNCLASSIFIED, direction: in, source: "UK Government Security Classifications"}
  - {word: OFFICIAL-SENSITIVE, policy: NATO, is: NATO RESTRICTED, from: 2014-04-02}
  - {word: RESTRICTED, policy: NATO, is: NATO RESTRICTED, until: 2014-04-01}
  - {word: CONFIDENTIAL, policy: NATO, is: NATO CONFIDENTIAL, until: 2014-04-01}
  - {word: CONFIDENTIAL, policy: NATO, is: NATO CONFIDENTIAL, direction: out, from: 2014-04-02}
  - {word: SECRET, policy: NATO, is: NATO SECRET}
  - {word: TOP SECRET, policy: NATO, is: COSMIC TOP SECRET}
  - {word: SECRET, policy: USA, is: SECRET}
  - {word: TOP SECRET, policy: USA, is: TOP SECRET}
  - {word: SECRET, policy: EU, is: SECRET UE/EU SECRET}
  - {word: TOP SECRET, policy: EU, is: TRES SECRET UE/EU TOP SECRET}
"""# + "\n"),
        File(name: "fra.yaml", yaml: #"""
# Markings of France. On 2021-07-01 two levels took the place of three: TRÈS SECRET and SECRET (general instruction
# 1300; Council Decision (EU) 2021/1075). Older documents keep their marking, and other parties go on protecting them at
# the equivalent level. CONFIDENTIEL DÉFENSE has no successor.

format: 1
name: FRA
version: "1"
title: France

marking: {fields: [" - ", " – ", "//", " "], values: [" - ", " – ", "/", " "]}

ladders:
  national:
    owners: FRA
    form: "{word}"
    words:
      NON PROTEGE: {rank: 0, banner: NON PROTÉGÉ, portion: NP, also: [NON PROTEGE]}
      DIFFUSION RESTREINTE: {rank: 1, portion: DR}
      CONFIDENTIEL DEFENSE: {rank: 2, banner: CONFIDENTIEL DÉFENSE, portion: CD, also: [CONFIDENTIEL DEFENSE],
                             until: 2021-06-30}
      SECRET DEFENSE: {rank: 3, banner: SECRET DÉFENSE, portion: SD, also: [SECRET DEFENSE], until: 2021-06-30,
                       successor: SECRET}
      SECRET: {rank: 3, portion: S, from: 2021-07-01}
      TRES SECRET DEFENSE: {rank: 4, banner: TRÈS SECRET DÉFENSE, portion: TSD,
                            also: [TRES SECRET DEFENSE, TRES SECRET DÉFENSE, TRÈS SECRET DEFENSE], until: 2021-06-30,
                            successor: TRES SECRET}
      TRES SECRET: {rank: 4, banner: TRÈS SECRET, portion: TS, also: [TRES SECRET], from: 2021-07-01}

categories:
  National eyes:
    kind: restrictive
    fills: caveats
    classifications: [DIFFUSION RESTREINTE, CONFIDENTIEL DEFENSE, SECRET DEFENSE, SECRET, TRES SECRET DEFENSE, TRES SECRET]
    values:
      SPECIAL FRANCE: {banner: SPÉCIAL FRANCE, portion: SF, also: [SPECIAL FRANCE], excludes: Releasability}
  Releasability:
    kind: permissive
    fills: releasable-to
    lead: {banner: COMMUNICABLE À, portion: REL TO, also: [COMMUNICABLE A, RELEASABLE TO]}
    codes: every code
    when-empty: SPECIAL FRANCE

equivalents:
  - {word: DIFFUSION RESTREINTE, policy: NATO, is: NATO RESTRICTED}
  - {word: CONFIDENTIEL DEFENSE, policy: NATO, is: NATO CONFIDENTIAL, until: 2021-06-30}
  - {word: CONFIDENTIEL DEFENSE, policy: NATO, is: NATO CONFIDENTIAL, from: 2021-07-01, direction: out}
  - {word: SECRET DEFENSE, policy: NATO, is: NATO SECRET, until: 2021-06-30}
  - {word: SECRET DEFENSE, policy: NATO, is: NATO SECRET, from: 2021-07-01, direction: out}
  - {word: SECRET, policy: NATO, is: NATO SECRET, from: 2021-07-01}
  - {word: TRES SECRET DEFENSE, policy: NATO, is: COSMIC TOP SECRET, until: 2021-06-30}
  - {word: TRES SECRET DEFENSE, policy: NATO, is: COSMIC TOP SECRET, from: 2021-07-01, direction: out}
  - {word: TRES SECRET, policy: NATO, is: COSMIC TOP SECRET, from: 2021-07-01}
  - {word: DIFFUSION RESTREINTE, policy: EU, is: RESTREINT UE/EU RESTRICTED}
  - {word: CONFIDENTIEL DEFENSE, policy: EU, is: CONFIDENTIEL UE/EU CONFIDENTIAL, until: 2021-06-30}
  - {word: CONFIDENTIEL DEFENSE, policy: EU, is: CONFIDENTIEL UE/EU CONFIDENTIAL, from: 2021-07-01, direction: out,
     source: "Council Decision (EU) 2021/1075"}
  - {word: SECRET DEFENSE, policy: EU, is: SECRET UE/EU SECRET, until: 2021-06-30}
  - {word: SECRET DEFENSE, policy: EU, is: SECRET UE/EU SECRET, from: 2021-07-01, direction: out,
     source: "Council Decision (EU) 2021/1075"}
  - {word: SECRET, policy: EU, is: SECRET UE/EU SECRET, from: 2021-07-01, source: "Council Decision (EU) 2021/1075"}
  - {word: TRES SECRET DEFENSE, policy: EU, is: TRES SECRET UE/EU TOP SECRET, until: 2021-06-30}
  - {word: TRES SECRET DEFENSE, policy: EU, is: TRES SECRET UE/EU TOP SECRET, from: 2021-07-01, direction: out,
     source: "Council Decision (EU) 2021/1075"}
  - {word: TRES SECRET, policy: EU, is: TRES SECRET UE/EU TOP SECRET, from: 2021-07-01,
     source: "Council Decision (EU) 2021/1075"}
"""# + "\n"),
        File(name: "deu.yaml", yaml: #"""
# Markings of Germany: the general administrative instruction on classified information (Verschlusssachenanweisung).
# Labels hold capitals; markings are written as the instruction writes them.

format: 1
name: DEU
version: "1"
title: Germany, Verschlusssachen

marking: {fields: [" - ", " – ", "//"], values: ["/", ", "]}

ladders:
  national:
    owners: DEU
    form: "{word}"
    words:
      OFFEN: {rank: 0, portion: OFFEN, also: [Offen]}
      VS-NFD: {rank: 1, banner: VS-NUR FÜR DEN DIENSTGEBRAUCH, portion: VS-NfD,
               also: [VS-NFD, VS - NUR FÜR DEN DIENSTGEBRAUCH, VS – NUR FÜR DEN DIENSTGEBRAUCH,
                      VS-NUR FUER DEN DIENSTGEBRAUCH, VS-Nur für den Dienstgebrauch]}
      VS-VERTRAULICH: {rank: 2, portion: VS-V, also: [VS-Vertraulich, VS-Vertr., VS - VERTRAULICH, VS – VERTRAULICH]}
      GEHEIM: {rank: 3, portion: GEH, also: [Geheim, VS-GEHEIM]}
      STRENG GEHEIM: {rank: 4, portion: STR GEH, also: [Streng Geheim, VS-STRENG GEHEIM]}

categories:
  Official secrecy:
    kind: informative
    fills: caveats
    field: official
    classifications: [VS-VERTRAULICH, GEHEIM, STRENG GEHEIM]
    values:
      AMTLICH GEHEIMGEHALTEN: {banner: amtlich geheimgehalten, portion: ag,
                               also: [AMTLICH GEHEIMGEHALTEN, amtlich geheim gehalten]}
  Special handling:
    kind: restrictive
    fills: compartments
    field: handling
    classifications: [VS-VERTRAULICH, GEHEIM, STRENG GEHEIM]
    values:
      KRYPTO: {}
      ATOMAL: {}
      SCHUTZWORT: {}
  National eyes:
    kind: restrictive
    fills: caveats
    field: eyes
    values:
      NUR DEUTSCHE: {also: [GERMAN EYES ONLY], excludes: Releasability}
  Releasability:
    kind: permissive
    fills: releasable-to
    field: releasability
    lead: {banner: FREIGEGEBEN FÜR, portion: REL TO, also: [FREIGEGEBEN FUER, RELEASABLE TO]}
    codes: every code
    when-empty: NUR DEUTSCHE

equivalents:
  - {word: OFFEN, policy: NATO, is: NATO UNCLASSIFIED, direction: in}
  - {word: VS-NFD, policy: NATO, is: NATO RESTRICTED}
  - {word: VS-VERTRAULICH, policy: NATO, is: NATO CONFIDENTIAL}
  - {word: GEHEIM, policy: NATO, is: NATO SECRET}
  - {word: STRENG GEHEIM, policy: NATO, is: COSMIC TOP SECRET}
  - {word: VS-NFD, policy: EU, is: RESTREINT UE/EU RESTRICTED}
  - {word: VS-VERTRAULICH, policy: EU, is: CONFIDENTIEL UE/EU CONFIDENTIAL}
  - {word: GEHEIM, policy: EU, is: SECRET UE/EU SECRET}
  - {word: STRENG GEHEIM, policy: EU, is: TRES SECRET UE/EU TOP SECRET}
  - {word: VS-VERTRAULICH, policy: USA, is: CONFIDENTIAL}
  - {word: GEHEIM, policy: USA, is: SECRET}
  - {word: STRENG GEHEIM, policy: USA, is: TOP SECRET}
"""# + "\n"),
        File(name: "pol.yaml", yaml: #"""
# Markings of Poland: the act of 5 August 2010 on the protection of classified information and its regulation on marking.

format: 1
name: POL
version: "1"
title: Poland, klauzule tajności

marking: {fields: ["//", " - ", " – "], values: ["/", ", "]}

ladders:
  national:
    owners: POL
    form: "{word}"
    words:
      JAWNE: {rank: 0}
      ZASTRZEŻONE: {rank: 1, portion: Z, also: [ZASTRZEZONE]}
      POUFNE: {rank: 2, portion: Pf}
      TAJNE: {rank: 3, portion: "0"}
      ŚCIŚLE TAJNE: {rank: 4, portion: "00", also: [SCISLE TAJNE]}

categories:
  Releasability:
    kind: permissive
    fills: releasable-to
    lead: {banner: REL TO, also: [RELEASABLE TO]}
    codes: every code

equivalents:
  - {word: ZASTRZEŻONE, policy: NATO, is: NATO RESTRICTED}
  - {word: POUFNE, policy: NATO, is: NATO CONFIDENTIAL}
  - {word: TAJNE, policy: NATO, is: NATO SECRET}
  - {word: ŚCIŚLE TAJNE, policy: NATO, is: COSMIC TOP SECRET}
  - {word: ZASTRZEŻONE, policy: EU, is: RESTREINT UE/EU RESTRICTED}
  - {word: POUFNE, policy: EU, is: CONFIDENTIEL UE/EU CONFIDENTIAL}
  - {word: TAJNE, policy: EU, is: SECRET UE/EU SECRET}
  - {word: ŚCIŚLE TAJNE, policy: EU, is: TRES SECRET UE/EU TOP SECRET}
"""# + "\n"),
        File(name: "jpn.yaml", yaml: #"""
# Markings of Japan, with the renderings in Latin letters that Japan's published agreements on the protection of
# information use. 特定秘密 (specially designated secret, under the act of 2013 that is in force since 2014-12-10) stands
# on a level with 極秘: so in the agreements on military information with the United States (2007) and with the Republic
# of Korea (2016). 取扱注意 is a caution on handling and no secrecy level; parties that have one treat it as RESTRICTED.

format: 1
name: JPN
version: "1"
title: Japan

marking: {fields: ["//", " "], values: ["/"]}

ladders:
  national:
    owners: JPN
    form: "{word}"
    words:
      UNCLASSIFIED: {rank: 0, portion: U}
      取扱注意: {rank: 1, also: [RESTRICTED]}
      秘: {rank: 2, also: [CONFIDENTIAL, HI]}
      極秘: {rank: 3, also: [SECRET, GOKUHI]}
      特定秘密: {rank: 3, also: [SPECIALLY DESIGNATED SECRET, TOKUTEI HIMITSU], from: 2014-12-10}
      機密: {rank: 4, also: [TOP SECRET, KIMITSU]}

categories:
  Releasability:
    kind: permissive
    fills: releasable-to
    field: releasability
    lead: REL TO
    codes: every code

equivalents:
  - {word: 秘, policy: USA, is: CONFIDENTIAL, from: 2007-08-10}
  - {word: 極秘, policy: USA, is: SECRET, from: 2007-08-10}
  - {word: 特定秘密, policy: USA, is: SECRET, from: 2014-12-10, direction: out}
  - {word: 機密, policy: USA, is: TOP SECRET, from: 2007-08-10}
"""# + "\n"),
        File(name: "nato.yaml", yaml: #"""
# Markings of NATO, from public security directives (C-M(2002)49 and its public extracts) and the example policy that
# accompanies STANAG 4774.

format: 1
name: NATO
version: "1"
title: North Atlantic Treaty Organization
identifier: 1.3.26.1.3.1
reference: true

marking: {fields: [" ", "//"], values: [" ", "/"]}

ladders:
  nato:
    owners: NATO
    form: "{word}"
    words:
      NATO UNCLASSIFIED: {rank: 0, portion: NU, also: [NATO SANS CLASSIFICATION]}
      NATO RESTRICTED: {rank: 1, portion: NR, also: [NATO DIFFUSION RESTREINTE]}
      NATO CONFIDENTIAL: {rank: 2, portion: NC, also: [NATO CONFIDENTIEL]}
      NATO SECRET: {rank: 3, portion: NS}
      COSMIC TOP SECRET: {rank: 4, portion: CTS, also: [COSMIC TRÈS SECRET, COSMIC TRES SECRET]}

categories:
  Additional sensitivity:
    kind: restrictive
    fills: compartments
    values:
      ATOMAL: {classifications: [NATO CONFIDENTIAL, NATO SECRET, COSMIC TOP SECRET]}
      BOHEMIA: {classifications: [NATO CONFIDENTIAL, NATO SECRET, COSMIC TOP SECRET]}
      CRYPTO: {classifications: [NATO CONFIDENTIAL, NATO SECRET, COSMIC TOP SECRET]}
      SIOP: {}
  Administrative:
    kind: informative
    fills: caveats
    values:
      COMMERCIAL: {}
      MANAGEMENT: {}
      MEDICAL: {}
      PERSONAL: {}
      STAFF: {}
  # In ADatP-4774 a category of its own beside `Releasable to`: the list says who alone may have it.
  Only:
    kind: informative
    fills: caveats
    values:
      ONLY: {}
  Releasable to:
    kind: permissive
    fills: releasable-to
    lead: {banner: RELEASABLE TO, portion: REL TO, also: [REL]}
    codes: every code
    absence-means: owners
"""# + "\n"),
        File(name: "eu.yaml", yaml: #"""
# Markings of EU classified information: Council Decision 2013/488/EU with its amendments.

format: 1
name: EU
version: "1"
title: European Union, EU classified information
reference: true

marking: {fields: ["//", " "], values: ["/"]}

ladders:
  eu:
    owners: EU
    form: "{word}"
    words:
      LIMITE: {rank: 0}
      RESTREINT UE/EU RESTRICTED: {rank: 1, portion: R-UE/EU-R, also: [RESTREINT UE, EU RESTRICTED]}
      CONFIDENTIEL UE/EU CONFIDENTIAL: {rank: 2, portion: C-UE/EU-C, also: [CONFIDENTIEL UE, EU CONFIDENTIAL]}
      SECRET UE/EU SECRET: {rank: 3, portion: S-UE/EU-S, also: [SECRET UE, EU SECRET]}
      TRES SECRET UE/EU TOP SECRET: {rank: 4, banner: TRÈS SECRET UE/EU TOP SECRET, portion: TS-UE/EU-TS,
                                     also: [TRES SECRET UE/EU TOP SECRET, TRÈS SECRET UE, TRES SECRET UE, EU TOP SECRET]}

categories:
  Crypto:
    kind: restrictive
    fills: compartments
    field: crypto
    values:
      CRYPTO: {}
  Releasability:
    kind: permissive
    fills: releasable-to
    field: releasability
    lead: {banner: RELEASABLE TO, portion: REL TO, also: [REL]}
    codes: [every code, not EU]
    absence-means: owners

equivalents:
  - {word: RESTREINT UE/EU RESTRICTED, policy: NATO, is: NATO RESTRICTED}
  - {word: CONFIDENTIEL UE/EU CONFIDENTIAL, policy: NATO, is: NATO CONFIDENTIAL}
  - {word: SECRET UE/EU SECRET, policy: NATO, is: NATO SECRET}
  - {word: TRES SECRET UE/EU TOP SECRET, policy: NATO, is: COSMIC TOP SECRET}
  - {word: CONFIDENTIEL UE/EU CONFIDENTIAL, policy: USA, is: CONFIDENTIAL}
  - {word: SECRET UE/EU SECRET, policy: USA, is: SECRET}
  - {word: TRES SECRET UE/EU TOP SECRET, policy: USA, is: TOP SECRET}
"""# + "\n"),
        File(name: "un.yaml", yaml: #"""
# Markings of the United Nations: the Secretary-General's bulletin ST/SGB/2007/6 on information sensitivity. No table of
# equivalents is public: what a word is worth elsewhere is for an agreement to say.

format: 1
name: UN
version: "1"
title: United Nations Secretariat, ST/SGB/2007/6

marking: {fields: ["//", " "], values: ["/"]}

ladders:
  un:
    owners: UN
    form: "{word}"
    words:
      UNCLASSIFIED: {rank: 0, portion: U, also: [UN UNCLASSIFIED]}
      CONFIDENTIAL: {rank: 1, portion: C, also: [UN CONFIDENTIAL]}
      STRICTLY CONFIDENTIAL: {rank: 2, portion: SC, also: [UN STRICTLY CONFIDENTIAL]}
"""# + "\n"),
        File(name: "tlp.yaml", yaml: #"""
# The Traffic Light Protocol of FIRST, version 2.0. It says how far information may travel, not who is cleared: its words
# are equivalent to no classification, so there is no table of equivalents. The marking does not name an owner.

format: 1
name: TLP
version: "2.0"
title: Traffic Light Protocol 2.0
owner-left-out: true

ladders:
  tlp:
    owners: TLP
    form: "{word}"
    words:
      TLP:CLEAR: {rank: 0, formerly: [TLP:WHITE]}
      TLP:GREEN: {rank: 1}
      TLP:AMBER: {rank: 2}
      TLP:AMBER+STRICT: {rank: 3}
      TLP:RED: {rank: 4}
"""# + "\n"),
    ]
}
