;;; What somebody does in Emacs: looks at the findings of the demo, takes a fix, allows a dependency.  Run by try_emacs.sh.  -*- lexical-binding: t -*-
(require 'cl-lib)
(require 'eglot)
(require 'flymake)

;; Eglot tells the server of an edit once the user rests.  In batch mode there is no user: the time alone counts.
(advice-add 'run-with-idle-timer :override #'run-with-timer)

(defvar demo (file-name-as-directory (getenv "RINGFENCE_DEMO")))

(defun fail (format &rest arguments)
  (error "%s" (apply #'format format arguments)))

(defun wait (title what)
  "Wait until WHAT gives something that is true, and give it."
  (let ((until (+ (float-time) 20)) got)
    (while (not (or (setq got (funcall what)) (> (float-time) until)))
      (accept-process-output nil 0.02)
      ;; In batch mode, files that change are noticed here only.
      (read-event nil nil 0.001))
    (or got (fail "%s: nothing after 20 s" title))))

(defun open (name mode)
  "Open a file of the demo, which has to be in MODE; its hook starts the server or finds it."
  (switch-to-buffer (find-file-noselect (concat demo name)))
  (cl-assert (eq major-mode mode) nil "%s is in %s" name major-mode)
  ;; Each command ends with this; there is none in batch mode.
  (run-hooks 'post-command-hook)
  (wait (concat "a server for " name) #'eglot-managed-p)
  (flymake-start)
  (current-buffer))

(defun findings (buffer part)
  "The findings of a buffer whose text contains PART."
  (with-current-buffer buffer
    (cl-remove-if-not (lambda (it) (string-search part (flymake-diagnostic-text it))) (flymake-diagnostics))))

(defun first-of (buffer part)
  (wait part (lambda () (car (findings buffer part)))))

(defun contains (buffer part)
  (with-current-buffer buffer (string-search part (buffer-substring-no-properties (point-min) (point-max)))))

(defun choose (finding title)
  "Put the cursor on FINDING and choose the code action whose title starts with TITLE, as a user does from the menu."
  (goto-char (flymake-diagnostic-beg finding))
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt items &rest _)
               (or (cl-find-if (lambda (it) (string-prefix-p title it)) (mapcar #'car items))
                   (fail "no action `%s' among: %s" title (mapconcat #'car items "; ")))))
            ;; Eglot asks before it edits a file that is not open.
            ((symbol-function 'y-or-n-p) #'always)
            ;; The action comes from the keyboard, not from the mouse.
            (last-nonmenu-event ?\r))
    (call-interactively #'eglot-code-actions)))

(defun try-it ()
  ;; What is shown.
  (let* ((service (open "src/shop/orders/service.py" 'python-mode))
         (finding (first-of service "RF201")))
    (message "shown: %s" (flymake-diagnostic-text finding))
    (cl-assert (= (flymake-diagnostic-beg finding) (+ (point-min) 32)) nil "at the name that is private")
    (cl-assert (= (flymake-diagnostic-end finding) (+ (point-min) 38)) nil "to its end")
    (cl-assert (eq (flymake-diagnostic-type finding) 'eglot-error) nil "an error")
    (cl-assert (string-prefix-p "ringfence" (flymake-diagnostic-text finding)) nil "of ringfence")

    ;; The re-export fix.
    (choose finding "Import `charge` from `shop.billing`")
    (wait "the fixed buffer" (lambda () (contains service "from shop.billing import charge\n")))
    (cl-assert (not (contains service "shop.billing.ledger")) nil "the old import is gone")
    (wait "no RF201 any more" (lambda () (not (findings service "RF201"))))
    (cl-assert (= (length (findings service "RF103")) 1) nil "the other finding is still there")
    (save-buffer)

    ;; What hover says.
    (goto-char (+ (point-min) 8))
    (let ((hover (format "%S" (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams)))))
      (cl-assert (and (string-search "shop.orders" hover) (string-search "shop.billing" hover)) nil "%s" hover))

    ;; Allow a dependency: an edit of the config.
    (let ((cards (open "src/shop/plugins/gift_cards.py" 'python-mode)))
      (choose (first-of cards "RF101") "Add `shop.customers` to `depends-on`")
      (let ((config (open "ringfence.toml" 'conf-toml-mode)))
        (wait "the config with the dependency"
              (lambda () (contains config "depends-on = [\"shop.catalog\", \"shop.customers\"]")))
        (save-buffer)
        (wait "no RF101 any more" (lambda () (not (findings cards "RF101"))))

        ;; A mistake in the config is said there, and does not take the findings away.
        (goto-char (point-min))
        (insert "colour = 1\n")
        (message "shown: %s" (flymake-diagnostic-text (first-of config "colour")))
        (cl-assert (= (length (findings service "RF103")) 1) nil "the last good policy stays")
        (revert-buffer t t)
        (wait "no mistake any more" (lambda () (not (findings config "colour"))))))))

(let ((done nil))
  (condition-case problem
      (setq done (progn (try-it) t))
    (error
     (dolist (buffer (cl-remove-if-not #'buffer-file-name (buffer-list)))
       (with-current-buffer buffer
         (dolist (it (flymake-diagnostics))
           (message "%s:%d: %s" (buffer-name) (line-number-at-pos (flymake-diagnostic-beg it)) (flymake-diagnostic-text it)))))
     (message "failed: %s" (error-message-string problem))))
  (eglot-shutdown-all)
  (kill-emacs (if done 0 1)))
