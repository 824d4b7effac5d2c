;;; Haiku: hears it when a message happens to be one: five, seven and five syllables.
;;;
;;; Guile has sockets and no JSON; but chatd writes its keys in a fixed order, so that a frame, cut
;;; at its quotes, can be matched. ../README.md has the protocol.
(use-modules (ice-9 binary-ports) (ice-9 match) (rnrs bytevectors) (srfi srfi-1))

(define vowels (string->char-set "aeiouyáàâäæéèêëíìîïóòôöœøúùûüåý"))
(define shown (char-set-union char-set:letter (string->char-set ",.;:!?'’-–…"))) ; needs no escape

;; How many syllables an English word has, more or less; 99 if it can't be spelled out.
(define (syllables word)
  (define spelled (string-filter char-set:letter (string-downcase word)))
  (define (ends . endings) (any (lambda (ending) (string-suffix? ending spelled)) endings))
  (define groups (length (string-tokenize spelled vowels)))
  (define hiatus (count (lambda (pair) (string-contains spelled pair))
                        '("ia" "iet" "iu" "eing" "ying" "oing" "oem" "ism")))
  (define sounds                                   ; where the last e is not silent
    (ends "ble" "cle" "dle" "fle" "gle" "kle" "ple" "tle" "ee" "ie" "oe" "ue" "ted" "ded"
          "ces" "ches" "ges" "ses" "shes" "xes" "zes" "ies" "ied" "oes"))
  (define silent (if (and (ends "e" "ed" "es") (not sounds)) 1 0))
  (cond ((string-any char-set:digit word) 99)
        ((string-null? spelled) 0)
        (else (max 1 (- (+ groups hiatus) silent)))))

(define (haiku words)                              ; three lists of words, or #f
  (let fill ((words words) (line '()) (sum 0) (goals '(5 7 5)) (lines '()))
    (cond ((null? goals) (and (null? words) (reverse lines)))
          ((= sum (car goals)) (fill words '() 0 (cdr goals) (cons (reverse line) lines)))
          ((or (null? words) (> sum (car goals))) #f)
          (else (fill (cdr words) (cons (car words) line) (+ sum (syllables (car words)))
                      goals lines)))))

(define (unescaped characters)                     ; of a JSON string, behind its first quote
  (let next ((rest characters) (said '()))
    (match rest
      ((#\" . _) (reverse-list->string said))
      (() "")                                       ; cut off: too long for a haiku
      ((or (#\\ #\u _ _ _ _ . rest) (#\\ (or #\n #\r #\t #\b #\f) . rest))
       (next rest (cons #\space said)))             ; a control character
      ((#\\ character . rest) (next rest (cons character said)))
      ((character . rest) (next rest (cons character said))))))

;; The result of a message. Its `content` can't be missed: in text, quotes have a backslash.
(define (reply frame)
  (define at (string-contains frame "\"content\":\""))
  (define end (min (string-length frame) (+ at 500)))
  (define words (string-tokenize (unescaped (string->list frame (+ at 11) end))))
  (define lines (haiku (remove (lambda (word) (= (syllables word) 0)) words)))
  (define (verse line) (string-join (map (lambda (word) (string-filter shown word)) line)))
  (if lines
      (format #f "{\"text\":\"🌸 A haiku:\\n\\n> ~a\"}" (string-join (map verse lines) "  \\n> "))
      "null"))

(define (read-frame)                               ; waits for all the bytes; #f at the end
  (define header (get-bytevector-n chatd 4))
  (and (bytevector? header)
       (utf8->string (get-bytevector-n chatd (bytevector-u32-ref header 0 (endianness big))))))

(define (write-frame json)
  (define body (string->utf8 json))
  (define header (make-bytevector 4))
  (bytevector-u32-set! header 0 (bytevector-length body) (endianness big))
  (put-bytevector chatd header)
  (put-bytevector chatd body)
  (force-output chatd))

(define (serve)
  (define frame (read-frame))
  (match (string-split (if frame (substring frame 0 (min 80 (string-length frame))) "") #\")
    (("{" "jsonrpc" ":" "2.0" "," "id" id "method" ":" method . _)
     (define result (if (string=? method "message") (reply frame) "{}"))
     (write-frame (string-append "{\"jsonrpc\":\"2.0\",\"id\"" id "\"result\":" result "}"))
     (unless (string=? method "shutdown") (serve)))
    (_ (when frame (serve)))))                     ; a notification is never answered

(define chatd (socket PF_UNIX SOCK_STREAM 0))
(connect chatd AF_UNIX (getenv "CHATD_SOCKET"))
(sigaction SIGPIPE SIG_IGN)                        ; writing fails where chatd is gone
(catch 'system-error serve (const #f))
