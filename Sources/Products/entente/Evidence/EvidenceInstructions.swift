/// What a file of evidence says of itself, and the script that verifies it with stock `openssl`.
///
/// The same in every file, so that a file with others is noticed. The script is published as `Docs/verify-evidence.sh`.
enum EvidenceInstructions {
    static let readme = Array(readmeText.utf8)
    static let script = Array(scriptText.utf8)

    private static let readmeText = #"""
        EVIDENCE ABOUT A MESSAGE

        This folder holds what the log of one node can show about one message of the Entente relay, and all that it takes to
        verify it without that node, without any network and, if you like, without any software of Entente.

        WHAT IS IN IT

          manifest.json     which log it is from, when it was made, and the SHA-256 of every file
          explanation.txt   the decisions in words, as the policy put them
          messages/N        header.der: the header as its originator signed it (CMS SignedData, the label in it);
                            body.der: the encrypted body (CMS AuthEnvelopedData), if it is here
          entries/INDEX     an entry of the log. entry.json: its exact bytes; proof.txt: the proof that the log holds it, with the
                            signed checkpoint and the witnesses' cosignatures (C2SP tlog-proof); details.json and salt.bin: what
                            the entry commits to, if it is here
          other-logs/N      the same of other nodes' logs, as they have shown it: releases, and custody that they took
          receipts/N.der    delivery receipts (CMS SignedData; ESS, RFC 2634)
          directories/H     the state of the directory that entries name, H being its SHA-256
          sheets/H.cms      the partners' signed sheets of then, with certificates, keys and revocation lists
          policies/H        the policies that decided, and the officers' statements that approved them (CMS SignedData)

        HOW TO VERIFY IT

        You need the root certificate of each partner that matters to you, from a source that you trust: not from here.

        With Entente, which also makes every decision again:

            entente evidence verify evidence-ID.tar --root GBR=gbr-root.pem --root FRA=fra-root.pem

        With openssl alone, 3.0 or later, and the root certificates in a folder as GBR.pem, FRA.pem and so on:

            sh verify.sh ROOTS

        verify.sh is a page of openssl commands; read it. It must be the one that is published with Entente: whoever made this
        evidence may have changed the copy here.

        To look for yourself: the header is shown by

            openssl cms -verify -noverify -nosigs -inform DER -in messages/1/header.der

        and a certificate of a sheet, PEM and all, is found with `openssl asn1parse` and `openssl x509`, as verify.sh does it.

        WHAT IT CANNOT PROVE

        That nothing else was said of the message: the folder holds what its maker has put into it. When exactly something was
        done: the times in entries and signatures are each party's own; a cosignature says that an entry was there by its time.
        That a person has read the message: a delivery receipt says that a mailbox has decrypted it. What the message says: only a
        recipient can open the body, and by doing so prove it.

        """#

    private static let scriptText = #"""
        #!/bin/sh
        # Verifies this evidence with stock openssl, 3.0 or later, and the tools of a GNU/Linux base system.
        #
        #   sh verify.sh ROOTS
        #
        # ROOTS is a folder with the root certificate of each partner in PEM, named after the partner: GBR.pem, FRA.pem. Take
        # them from a source that you trust, never from this evidence. Compare this script with the published one before you
        # run it: whoever made the evidence may have changed it.
        #
        # Exit status: 0 when everything holds, 1 when something does not or is missing.
        set -eu
        LC_ALL=C
        export LC_ALL

        if [ $# -ne 1 ] || [ ! -d "$1" ]; then
            echo "usage: sh verify.sh ROOTS, a folder with the partners' root certificates as GBR.pem, FRA.pem and so on" >&2
            exit 64
        fi
        roots=$(cd "$1" && pwd)
        cd "$(dirname "$0")"
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        mkdir "$work/sheets"
        : >"$work/good"
        : >"$work/trees"
        if [ ! -f manifest.json ]; then
            echo "PROBLEM  there is no manifest.json: run this script in the unpacked folder of the evidence"
            exit 1
        fi
        message=$(sed -n 's/.*"message":"\([^"]*\)".*/\1/p' manifest.json)
        problems=0

        proven() {
            echo "proven   $*"
        }

        problem() {
            echo "PROBLEM  $*"
            problems=$((problems + 1))
        }

        sha256() {
            openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
        }

        # field NAME: the first string of that name in the JSON on standard input.
        field() {
            tr '{,' '\n\n' | sed -n "s/^\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
        }

        # pems: the certificates of a JSON list in base 64, on standard input, as PEM.
        pems() {
            tr ',' '\n' | tr -d '"' | while read -r certificate || [ -n "$certificate" ]; do
                printf %s "$certificate" | openssl base64 -d -A | openssl x509 -inform DER
            done
        }

        # content FILE: what a CMS SignedData contains; verifies nothing.
        content() {
            set -- "$1" $(openssl asn1parse -inform DER -in "$1" |
                sed -n 's/^ *\([0-9]*\):d=5 *hl=\([0-9]*\) l= *\([0-9]*\) prim: OCTET STRING.*/\1 \2 \3/p' | head -n 1)
            tail -c +$(($2 + $3 + 1)) "$1" | head -c "$4"
        }

        seconds() {
            date -u -d "$1" +%s
        }

        # is_number TEXT: a shell may run what stands in a text that it is to calculate with.
        is_number() {
            case $1 in
                "" | *[!0-9]* | ???????????????????*) return 1 ;;
            esac
        }

        # ---- Sheets: what each partner says of its certificates, keys and revocation lists, signed under its root.

        # judge_sheet FILE FOLDER PARTNER TIME: leaves authorities.pem and sheet.json in the folder.
        judge_sheet() {
            openssl x509 -in "$roots/$3.pem" -out "$2/root.pem" || return 1
            sed 's/.*"revocation-lists":\[\([^]]*\)\].*/\1/' "$2/claimed.json" | tr ',' '\n' | tr -d '"' |
                while read -r list || [ -n "$list" ]; do
                    printf %s "$list" | openssl base64 -d -A | openssl crl -inform DER
                done >"$2/crls.pem"
            : >"$2/intermediates.pem"
            tr '{' '\n' <"$2/claimed.json" | sed -n 's/^"certificate":"\([^"]*\)","role":.*/\1/p' >"$2/candidates"
            while read -r certificate || [ -n "$certificate" ]; do
                printf %s "$certificate" | pems >"$2/candidate.pem" || return 1
                openssl verify -x509_strict -attime "$4" -CAfile "$2/root.pem" -CRLfile "$2/crls.pem" -crl_check_all \
                    "$2/candidate.pem" || return 1
                cat "$2/candidate.pem" >>"$2/intermediates.pem"
            done <"$2/candidates"
            cat "$2/root.pem" "$2/intermediates.pem" "$2/crls.pem" >"$2/authorities.pem"
            sed -n 's/.*{"certificates":\[\([^]]*\)\],"name":"registrar"}.*/\1/p' "$2/claimed.json" | pems >"$2/registrar.pem"
            openssl cms -verify -cades -binary -inform DER -in "$1" -certfile "$2/registrar.pem" -CAfile "$2/authorities.pem" \
                -crl_check_all -attime "$4" -signer "$2/signer.pem" -out "$2/signed.json" || return 1
            openssl x509 -in "$2/signer.pem" -noout -ext subjectAltName |
                grep -q 'URI:spiffe://[a-z0-9.-]*/officer/registrar$' || return 1
            mv "$2/signed.json" "$2/sheet.json"
        }

        for file in sheets/*.cms; do
            digest=$(basename "$file" .cms)
            if [ "$(sha256 "$file")" != "$digest" ]; then
                problem "$file: its digest is not its name"
                continue
            fi
            folder=$work/sheets/$digest
            mkdir "$folder"
            content "$file" >"$folder/claimed.json"
            code=$(field code <"$folder/claimed.json")
            issued=$(field issued-at <"$folder/claimed.json")
            case $code in
                *[!A-Za-z0-9-]* | "") problem "$file: no partner's code"; continue ;;
            esac
            if [ ! -f "$roots/$code.pem" ]; then
                problem "no $code.pem among the roots: what $code has signed cannot be verified"
            elif judge_sheet "$file" "$folder" "$code" "$(seconds "$issued")" >"$folder/messages" 2>&1; then
                echo "$code" >"$folder/partner"
                seconds "$issued" >"$folder/issued"
                proven "$code has published its sheet of $issued"
            else
                problem "$file: not a sheet of $code under its root"
                sed 's/^/         /' "$folder/messages"
            fi
        done

        # ---- The log's entries: each in a tree that the log has signed, and that others have cosigned.

        # with_key LOG LISTINGS COMMAND ARGUMENT...: runs the command with each key in key.pem that a sheet lists for the log,
        # until it succeeds; `partner` is whose log it is then, and `key` the key. LISTINGS is a file with the sheets' folders.
        with_key() {
            origin=$1
            listings=$2
            shift 2
            while read -r listing || [ -n "$listing" ]; do
                [ -f "$listing/sheet.json" ] || continue
                keys_in "$listing" "$origin" >"$work/keys"
                while read -r key || [ -n "$key" ]; do
                    {
                        printf '\060\052\060\005\006\003\053\145\160\003\041\000'
                        printf %s "$key" | openssl base64 -d -A | tail -c 32
                    } | openssl pkey -pubin -inform DER -out "$work/key.pem" 2>"$work/messages" || continue
                    partner=$(cat "$listing/partner")
                    if "$@"; then return 0; fi
                done <"$work/keys"
            done <"$listings"
            return 1
        }

        # keys_in SHEET LOG: the keys that the sheet in the folder lists for the log.
        keys_in() {
            tr '{,' '\n\n' <"$1/sheet.json" | grep -F "\"log\":\"$2+" | sed 's/^"log":"[^+]*+[0-9a-f]*+\([^"]*\)".*/\1/'
        }

        # sheets_of DIRECTORY: the folders of the sheets that it consists of; fails when it is not here.
        sheets_of() {
            [ -f "directories/$1.json" ] && [ "$(sha256 "directories/$1.json")" = "$1" ] || return 1
            tr '{' '\n' <"directories/$1.json" | sed -n "s|^\"sheet\":\"\([0-9a-f]*\)\".*|$work/sheets/\1|p"
        }

        # is_replaced LOG PARTNER KEY TIME: whether a sheet of the partner of before that time, later than all that list the key,
        # lists it no more.
        is_replaced() {
            listed=0
            : >"$work/others"
            for listing in "$work"/sheets/*; do
                [ -f "$listing/sheet.json" ] && [ "$(cat "$listing/partner")" = "$2" ] || continue
                issued=$(cat "$listing/issued")
                if keys_in "$listing" "$1" | grep -q -x -F -e "$3"; then
                    if [ "$issued" -gt "$listed" ]; then listed=$issued; fi
                else
                    echo "$issued" >>"$work/others"
                fi
            done
            while read -r issued; do
                if [ "$issued" -gt "$listed" ] && [ "$issued" -le "$4" ]; then return 0; fi
            done <"$work/others"
            return 1
        }

        signature_holds() {
            openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$1" -sigfile "$2" >"$work/messages" 2>&1
        }

        # has_id NAME FILE: whether the key in key.pem, as a witness's of that name, has the key ID in the file (C2SP tlog-cosignature).
        has_id() {
            {
                printf '%s\n\004' "$1"
                openssl pkey -pubin -in "$work/key.pem" -outform DER | tail -c 32
            } | openssl dgst -sha256 -binary | head -c 4 | cmp -s - "$2"
        }

        # is_included FOLDER: whether the tree of the checkpoint holds the entry (RFC 9162 section 2.1.3.2).
        is_included() {
            index=$(sed -n 's/^index //p' "$1/proof.txt" | head -n 1)
            sed -n '/^index /,/^$/p' "$1/proof.txt" | sed -e 1d -e '/^$/d' >"$work/path"
            {
                printf '\000'
                cat "$1/entry.json"
            } | openssl dgst -sha256 -binary >"$work/hash"
            is_number "$index" && is_number "$size" || return 1
            first=$index
            last=$((size - 1))
            [ "$first" -le "$last" ] || return 1
            while read -r line; do
                [ "$last" -gt 0 ] || return 1
                printf %s "$line" | openssl base64 -d -A >"$work/sibling"
                if [ $((first % 2)) -eq 1 ] || [ "$first" -eq "$last" ]; then
                    set -- "$work/sibling" "$work/hash"
                    while [ $((first % 2)) -eq 0 ] && [ "$first" -gt 0 ]; do
                        first=$((first / 2))
                        last=$((last / 2))
                    done
                else
                    set -- "$work/hash" "$work/sibling"
                fi
                {
                    printf '\001'
                    cat "$1" "$2"
                } | openssl dgst -sha256 -binary >"$work/next"
                mv "$work/next" "$work/hash"
                first=$((first / 2))
                last=$((last / 2))
            done <"$work/path"
            [ "$last" -eq 0 ] && [ "$(openssl base64 -A -in "$work/hash")" = "$root" ]
        }

        # verify_entry FOLDER: says whether the log holds the entry, and who has cosigned its tree; good ones are noted in `good`.
        verify_entry() {
            entry=$1/entry.json
            if [ ! -f "$entry" ] || [ ! -f "$1/proof.txt" ]; then
                problem "$1: expected an entry and its proof, entry.json and proof.txt"
                return 0
            fi
            log=$(field log <"$entry")
            name="entry $(sed -n 's/.*"index":\([0-9]*\).*/\1/p' "$entry") of $log"
            if [ "$(field message <"$entry")" != "$message" ]; then
                problem "$name: not about message $message"
                return 0
            fi
            sed '1,/^$/d' "$1/proof.txt" >"$work/note"
            sed '/^$/,$d' "$work/note" >"$work/text"
            if [ "$(sed -n 1p "$1/proof.txt")" != c2sp.org/tlog-proof@v1 ] ||
                sed '1,/^$/d' "$work/note" | grep -q -v '^— [^ ]* [A-Za-z0-9+/=]*$'; then
                problem "$name: not a proof in the form of C2SP tlog-proof"
                return 0
            fi
            sed '1,/^$/d' "$work/note" | sed 's/^[^ ]* //' >"$work/lines"
            size=$(sed -n 2p "$work/text")
            root=$(sed -n 3p "$work/text")
            if [ "$(sed -n 1p "$work/text")" != "$log" ] || ! is_included "$1"; then
                problem "$name: its proof does not hold"
                return 0
            fi
            signed=no
            sheets_of "$(field directory <"$entry")" >"$work/judges" || cp "$work/all" "$work/judges"
            grep -F "$log " "$work/lines" | cut -d ' ' -f 2 >"$work/own" || true
            while read -r line; do
                printf %s "$line" | openssl base64 -d -A >"$work/line"
                [ "$(wc -c <"$work/line")" -eq 68 ] || continue
                tail -c 64 "$work/line" >"$work/signature"
                if with_key "$log" "$work/judges" signature_holds "$work/text" "$work/signature"; then
                    signed=$partner
                    signed_by=$key
                fi
            done <"$work/own"
            if [ $signed = no ]; then
                problem "$name: no key of the log in an accepted sheet of its directory has signed its tree"
                return 0
            fi
            if is_replaced "$log" "$signed" "$signed_by" "$(seconds "$(field time <"$entry")")"; then
                problem "$name: it is signed by a key that $signed's latest sheet of then lists no more"
                return 0
            fi
            {
                echo "tree $signed_by $size $root"
                echo "entry $signed_by $index $(sha256 "$entry")"
            } >>"$work/trees"
            echo "$1" >>"$work/good"
            proven "$signed's log holds $name: $(field kind <"$entry"), $(field outcome <"$entry"), $(field time <"$entry")"
            cosigned=no
            while read -r witness line; do
                printf %s "$line" | openssl base64 -d -A >"$work/line"
                [ "$(wc -c <"$work/line")" -eq 76 ] || continue
                time=0
                for byte in $(tail -c 72 "$work/line" | head -c 8 | od -An -v -tu1); do time=$((time * 256 + byte)); done
                {
                    printf 'cosignature/v1\ntime %s\n' "$time"
                    cat "$work/text"
                } >"$work/cosigned"
                tail -c 64 "$work/line" >"$work/signature"
                head -c 4 "$work/line" >"$work/id"
                if with_key "$witness" "$work/all" signature_holds "$work/cosigned" "$work/signature"; then
                    [ "$partner" != "$signed" ] || continue
                    if [ "$time" -gt $(($(date -u +%s) + 7200)) ]; then
                        problem "$name: $witness has cosigned its tree at a time still to come: its clock is wrong, or the one here"
                    elif is_replaced "$witness" "$partner" "$key" "$time"; then
                        problem "$name: $witness has cosigned its tree with a key that a sheet of before lists no more"
                    elif [ "$time" -lt $(($(seconds "$(field time <"$entry")") - 7200)) ]; then
                        problem "$name: $witness has cosigned its tree before it was written: one of the two clocks was wrong"
                    else
                        cosigned=yes
                        proven "  cosigned by $partner ($witness) at $(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ)"
                    fi
                elif with_key "$witness" "$work/all" has_id "$witness" "$work/id"; then
                    problem "$name: the cosignature of $witness is not its own"
                fi
            done <"$work/lines"
            case $1 in
                entries/*) [ $cosigned = yes ] || echo "note       no other partner's node has cosigned its tree" ;;
            esac
            [ -f "$1/details.json" ] || return 0
            if [ "$(cat "$1/salt.bin" "$1/details.json" | openssl dgst -sha256 -r | cut -d ' ' -f 1)" = \
                "$(field details <"$entry")" ]; then
                proven "  with the details that it commits to"
            else
                problem "$name: its details are not those that it commits to"
            fi
        }

        for listing in "$work"/sheets/*; do echo "$listing"; done >"$work/all"
        for folder in entries/* other-logs/*; do
            [ -d "$folder" ] || continue
            verify_entry "$folder"
        done
        sort -u "$work/trees" | cut -d ' ' -f 1-3 | uniq -d >"$work/twice"
        while read -r what key number; do
            case $what in
                tree) problem "one log has signed two different trees of $number entries" ;;
                entry) problem "one log has signed two different entries $number" ;;
            esac
        done <"$work/twice"

        # entry_with NAME VALUE: the folder of the first verified entry of the log itself that says so; fails when there is none.
        entry_with() {
            while read -r good || [ -n "$good" ]; do
                case $good in
                    entries/*) ;;
                    *) continue ;;
                esac
                if [ "$(field "$1" <"$good/entry.json")" = "$2" ]; then
                    echo "$good"
                    return 0
                fi
            done <"$work/good"
            return 1
        }

        # ---- The message and its receipts, by the sheets of the directory that the log's entry names.

        # signers ADDRESS ENTRY: leaves signers.pem and authorities.pem of the mailbox in $work.
        signers() {
            sheets_of "$(field directory <"$2/entry.json")" >"$work/listed" || return 1
            while read -r listing || [ -n "$listing" ]; do
                [ -f "$listing/sheet.json" ] && [ "$(cat "$listing/partner")" = "${1%%/*}" ] || continue
                tr '{' '\n' <"$listing/sheet.json" | grep -F "\"name\":\"${1#*/}\",\"node\":" |
                    sed 's/.*"signing":\[\([^]]*\)\].*/\1/' | pems >"$work/signers.pem" || return 1
                cp "$listing/authorities.pem" "$work/authorities.pem"
                return 0
            done <"$work/listed"
            return 1
        }

        for folder in messages/*; do
            [ -d "$folder" ] || continue
            if [ ! -f "$folder/header.der" ]; then
                problem "$folder: expected a header, header.der"
                continue
            fi
            envelope=$(sha256 "$folder/header.der")
            if ! entry=$(entry_with envelope "$envelope"); then
                problem "$folder: no verified entry names its envelope"
                continue
            fi
            content "$folder/header.der" >"$work/header.json"
            originator=$(field originator <"$work/header.json")
            if [ "$(field id <"$work/header.json")" = "$message" ] && signers "$originator" "$entry" &&
                openssl cms -verify -cades -binary -inform DER -in "$folder/header.der" -certfile "$work/signers.pem" \
                    -CAfile "$work/authorities.pem" -crl_check_all -attime "$(seconds "$(field time <"$entry/entry.json")")" \
                    -out "$work/header.json" >"$work/messages" 2>&1; then
                proven "$originator has signed the message, envelope $envelope"
            else
                problem "$folder: not signed by $originator"
                continue
            fi
            if [ -f "$folder/body.der" ]; then
                if grep -q "^{\"body\":{\"digest\":\"$(sha256 "$folder/body.der")\",\"size\":$(wc -c <"$folder/body.der")}," \
                    "$work/header.json"; then
                    proven "  with the encrypted body that the header names"
                else
                    problem "$folder: the body is not the one that the header names"
                fi
            fi
            for receipt in receipts/*.der; do
                [ -f "$receipt" ] || continue
                if ! about=$(entry_with digest "$(sha256 "$receipt")"); then
                    problem "$receipt: no verified entry is about it"
                    continue
                fi
                by=
                for recipient in $(sed 's/.*"recipients":\[\([^]]*\)\].*/\1/' "$work/header.json" | tr -d '"' | tr ',' ' '); do
                    if [ -z "$by" ] && signers "$recipient" "$about" &&
                        openssl cms -verify_receipt "$receipt" -rctform DER -inform DER -in "$folder/header.der" \
                            -certfile "$work/signers.pem" -CAfile "$work/authorities.pem" -crl_check_all \
                            -attime "$(seconds "$(field time <"$about/entry.json")")" >"$work/messages" 2>&1; then
                        by=$recipient
                    fi
                done
                if [ -n "$by" ]; then
                    proven "$by has signed that it decrypted the message"
                else
                    problem "$receipt: no recipient's receipt for the message"
                fi
            done
        done

        echo
        echo "Not verified here: that the decisions follow from the policies. \`entente evidence verify\` makes them again."
        if [ "$problems" -gt 0 ]; then
            echo "$problems problems"
            exit 1
        fi

        """#
}
