@echo off
rem Runs the graft command from a checkout; builds it first where that is needed.
setlocal
set "ROOT=%~dp0"
set "BUILT=%ROOT%cli-demo\target\class-path.txt"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"

set "STALE="
if not exist "%BUILT%" (
  set "STALE=1"
) else (
  powershell -NoProfile -Command "$t=(Get-Item $env:BUILT).LastWriteTime; $r=$env:ROOT; if (Get-ChildItem -Recurse -Path (Join-Path $r 'pom.xml'),(Join-Path $r 'lib'),(Join-Path $r 'pretrained'),(Join-Path $r 'cli-demo') | Where-Object { $_.FullName -notmatch '\\target(\\|$)|\\src\\test(\\|$)' -and $_.LastWriteTime -gt $t } | Select-Object -First 1) { exit 1 }"
  if errorlevel 1 set "STALE=1"
)
rem What was built for GPUs stays so.
set "PROFILE="
if exist "%BUILT%" findstr /c:"onnxruntime_gpu" "%BUILT%" >nul && set "PROFILE=-Pgpu"
if defined STALE (
  echo graft: building ^(first use or changed sources; the first build downloads about 220 MB^) ... 1>&2
  pushd "%ROOT%"
  call mvn -B -q %PROFILE% -Dmaven.test.skip=true -pl cli-demo -am package 1>&2
  if errorlevel 1 (
    popd
    echo graft: the build failed 1>&2
    exit /b 1
  )
  popd
  powershell -NoProfile -Command "(Get-Item $env:BUILT).LastWriteTime = Get-Date"
)

rem PyTorch's idle threads sleep instead of spinning.
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"

for /f "usebackq delims=" %%c in ("%BUILT%") do set "CLASSPATH_LIST=%%c"
"%JAVA%" "-Dgraft.root=%ROOT%." %GRAFT_JAVA_OPTS% -cp "%ROOT%cli-demo\target\classes;%CLASSPATH_LIST%" dev.graft.cli.Main %*
exit /b %ERRORLEVEL%
