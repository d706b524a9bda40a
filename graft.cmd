@echo off
rem Runs the graft command of this checkout; builds it first where that is needed.
setlocal
set "ROOT=%~dp0"
set "TARGET=%ROOT%cli-demo\target"
set "BUILT=%TARGET%\distribution.txt"

set "STALE="
if not exist "%BUILT%" (
  set "STALE=1"
) else (
  powershell -NoProfile -Command "$t=(Get-Item $env:BUILT).LastWriteTime; $r=$env:ROOT; if (Get-ChildItem -Recurse -File -Path (Join-Path $r 'pom.xml'),(Join-Path $r 'lib'),(Join-Path $r 'pretrained'),(Join-Path $r 'tools'),(Join-Path $r 'cli-demo') | Where-Object { $_.FullName -notmatch '\\target(\\|$)|\\src\\test(\\|$)' -and $_.LastWriteTime -gt $t } | Select-Object -First 1) { exit 1 }"
  if errorlevel 1 set "STALE=1"
)
rem What was built for GPUs stays so.
set "NAME="
set "PROFILE="
if exist "%BUILT%" set /p NAME=<"%BUILT%"
if defined NAME if exist "%TARGET%\%NAME%\lib\onnxruntime_gpu*" set "PROFILE=-Pgpu"
if defined STALE (
  echo graft: building ^(first use or changed sources; the first build downloads about 240 MB^) ... 1>&2
  pushd "%ROOT%"
  call mvn -B -q %PROFILE% -Dmaven.test.skip=true -Dgraft.archives=false -pl cli-demo -am package 1>&2
  if errorlevel 1 (
    popd
    echo graft: the build failed 1>&2
    exit /b 1
  )
  popd
)

set /p NAME=<"%BUILT%"
rem Where demo writes its model.
set "GRAFT_CHECKOUT=%ROOT%."
call "%TARGET%\%NAME%\bin\graft.cmd" %*
exit /b %ERRORLEVEL%
