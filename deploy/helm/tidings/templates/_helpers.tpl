{{- define "tidings.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}{{ $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}{{ end }}{{ end }}
{{- end }}

{{- define "tidings.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidings.labels" -}}
{{ include "tidings.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "tidings.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{- define "tidings.serviceAccount" -}}
{{ default (ternary (include "tidings.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{/* A value as text; a whole number of a file of values is a float, which would become 1.2e+06. */}}
{{- define "tidings.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ toString . }}{{ end }}
{{- end }}

{{/* "true" where processes share a PostgreSQL; empty where one has SQLite on a volume. */}}
{{- define "tidings.isShared" -}}
{{ if .Values.secrets.DATABASE_URL }}true{{ end }}
{{- end }}

{{/* Refuses what would not run, in words. */}}
{{- define "tidings.check" -}}
{{- $roles := .Values.roles }}
{{- $own := list "ROLE" "WORKERS" "CONFIG" "DATA_DIR" "HTTP_PORT" "GRPC_PORT" "METRICS_PORT" "HTTP_HOST" "GRPC_HOST" "METRICS_HOST" "EDGE" "EDGE_DIR" "GRPC_SHARED" "TLS_CERT" "TLS_KEY" "TLS_CLIENT_CA" }}
{{- range $name, $_ := merge (dict) .Values.settings .Values.secrets }}
{{- if not (regexMatch "^[A-Z][A-Z0-9_]*$" $name) }}
{{- fail (printf "settings.%s: write the name in capitals, without TIDINGS_" $name) }}
{{- end }}
{{- if has $name $own }}
{{- fail (printf "settings.%s: the chart sets this by itself" $name) }}
{{- end }}
{{- end }}
{{- range $name := list "MASTER_KEY" "DATABASE_URL" "SMTP_URL" "SENDGRID_API_KEY" "NATS_URL" "RATE_LIMIT_URL" }}
{{- if hasKey $.Values.settings $name }}
{{- fail (printf "settings.%s: is secret; name the Secret that has it in secrets.%s" $name $name) }}
{{- end }}
{{- end }}
{{- if include "tidings.isShared" . }}
{{- if not .Values.secrets.MASTER_KEY }}
{{- fail "secrets.MASTER_KEY: processes that share a database need the same master key; name a Secret that has it" }}
{{- end }}
{{- else }}
{{- if or (ne (int $roles.all.replicas) 1) (ne (int $roles.api.replicas) 0) (ne (int $roles.worker.replicas) 0) $roles.all.autoscaling.enabled }}
{{- fail "roles: SQLite has one process; name a Secret in secrets.DATABASE_URL for PostgreSQL, or set roles.all.replicas to 1 and the others to 0" }}
{{- end }}
{{- end }}
{{- $serving := add (int $roles.all.replicas) (int $roles.api.replicas) }}
{{- $working := add (int $roles.all.replicas) (int $roles.worker.replicas) }}
{{- if or (eq (int $serving) 0) (eq (int $working) 0) }}
{{- fail "roles: a process must serve (all or api) and one must work (all or worker)" }}
{{- end }}
{{- range $role, $own := $roles }}
{{- if and $own.autoscaling.enabled (not (or $own.autoscaling.targetLag $own.autoscaling.targetCPU)) }}
{{- fail (printf "roles.%s.autoscaling: give targetLag or targetCPU" $role) }}
{{- end }}
{{- if gt (int $own.autoscaling.minReplicas) (int $own.autoscaling.maxReplicas) }}
{{- fail (printf "roles.%s.autoscaling: minReplicas is above maxReplicas" $role) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a container of any role, and the migration, has in common; takes (list root role). */}}
{{- define "tidings.container" -}}
{{- $root := index . 0 }}{{ $role := index . 1 -}}
image: {{ include "tidings.image" $root }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  - {name: TIDINGS_ROLE, value: {{ $role }}}
  {{- if not (hasKey $root.Values.settings "LOG_FORMAT") }}
  - {name: TIDINGS_LOG_FORMAT, value: json}
  {{- end }}
  {{- range $name, $value := $root.Values.settings }}
  - {name: TIDINGS_{{ $name }}, value: {{ include "tidings.text" $value | quote }}}
  {{- end }}
  {{- range $name, $_ := $root.Values.secrets }}
  - {name: TIDINGS_{{ $name }}_FILE, value: /run/secrets/tidings/{{ $name }}}
  {{- end }}
  {{- if $root.Values.tls.secretName }}
  - {name: TIDINGS_TLS_CERT, value: /run/secrets/tls/tls.crt}
  - {name: TIDINGS_TLS_KEY, value: /run/secrets/tls/tls.key}
  {{- end }}
volumeMounts:
  - {name: data, mountPath: /var/lib/tidings}
  - {name: tmp, mountPath: /tmp}
  {{- if $root.Values.secrets }}
  - {name: secrets, mountPath: /run/secrets/tidings, readOnly: true}
  {{- end }}
  {{- if $root.Values.tls.secretName }}
  - {name: tls, mountPath: /run/secrets/tls, readOnly: true}
  {{- end }}
{{- end }}

{{/* What a pod of any role, and of the migration, has in common; takes (list root isPersistent). */}}
{{- define "tidings.pod" -}}
{{- $root := index . 0 }}{{ $isPersistent := index . 1 -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: data
    {{- if $isPersistent }}
    persistentVolumeClaim:
      claimName: {{ default (include "tidings.fullname" $root) $root.Values.persistence.existingClaim }}
    {{- else }}
    emptyDir: {}
    {{- end }}
  - name: tmp
    emptyDir: {medium: Memory, sizeLimit: 64Mi}
  {{- if $root.Values.secrets }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $name, $from := $root.Values.secrets }}
        - secret:
            name: {{ $from.name }}
            items: [{key: {{ $from.key }}, path: {{ $name }}}]
        {{- end }}
  {{- end }}
  {{- if $root.Values.tls.secretName }}
  - name: tls
    secret: {secretName: {{ $root.Values.tls.secretName }}, defaultMode: 0440}
  {{- end }}
{{- end }}
