#include <cstdio>
#include <chrono>
#include "lutetia/study/case.hpp"
using namespace lutetia;
int main(int argc,char**argv){
  try{
  Library lib("/work/main/models");
  Case c=read_case(lib,argv[1]);
  if(argc>2) c.request.options.rtol=atof(argv[2]);
  for(auto&p:c.patients){
  auto t0=std::chrono::steady_clock::now();
  Trajectory r=run(c.model,p,c.regimen,c.substances,c.request);
  auto t1=std::chrono::steady_clock::now();
  printf("%s n=%d nnzLU=%d acc=%zu rej=%zu bal %g %g low %g  %g ms end %g\n",p.name.c_str(),r.system->size(),r.system->symbolic_lu().nonzeros(),r.counters.accepted,r.counters.rejected,r.mass_balance.total,r.mass_balance.labeled,r.lowest_relative,std::chrono::duration<double>(t1-t0).count()*1e3,r.end);
  auto tia=time_integrated_activity(r,c.tail);
  auto d=dose_of(lib,r,c.substances,p.sex,c.convention,c.tail);
  for(size_t i=0;i<tia[0].regions.size();++i){
    auto a=r.activity(i,"");
    double vol = r.system->network().regions[i].volume>=0? r.rates.slots[r.system->network().regions[i].volume]:0;
    printf("%-12s tiac %.8g min", tia[0].regions[i].c_str(), tia[0].total(i)/tia[0].administered_total()*60);
    if(tia[0].regions[i]=="serum") printf("  per L %.8g", tia[0].total(i)/tia[0].administered_total()*60/vol);
    for(size_t k=0;k<a.size()&&k<6;++k) printf(" %.7g",a[k]/7400/(tia[0].regions[i]=="serum"?vol:1));
    for(size_t q=0;q<d.regions.size();++q) if(d.regions[q]==tia[0].regions[i]) printf("  D %.5g Gy/GBq",d.total(q)/tia[0].administered_total()*1e3);
    puts("");
  }}
  }catch(std::exception&e){ puts(e.what()); return 1;}
}
